import './entrance.css';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { LanguageSwitch } from './LanguageSwitch';

/** The frame of the screens before the wallet: sign-in and sign-up. */
export function Entrance({ title, children }: { title: string; children: ReactNode }) {
  const { t } = useTranslation();
  useEffect(() => {
    document.title = `${title} · Tael`;
  }, [title]);
  return (
    <main className="entrance">
      <div className="entrance__bar">
        <Link to="/welcome" aria-label={t('common.start_page')}>
          <img src="/icon.svg" alt="" width={40} height={40} />
        </Link>
        <LanguageSwitch />
      </div>
      <h1 className="entrance__title">{title}</h1>
      {children}
    </main>
  );
}
