import './welcome.css';
import { Link } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Download } from '../features/welcome/Download';
import { LanguageSwitch } from '../lib/LanguageSwitch';
import { useSignedIn } from '../lib/session';

const POINTS = ['token', 'records', 'proof'] as const;

/** What it is, how to begin, how to get it. */
export function Welcome() {
  const { t } = useTranslation();
  const isSignedIn = useSignedIn();
  useEffect(() => {
    document.title = `Tael · ${t('welcome.title')}`;
  }, [t]);
  return (
    <main className="welcome">
      <div className="welcome__bar">
        <p className="welcome__brand">
          <img src="/icon.svg" alt="" width={36} height={36} />
          Tael
        </p>
        <LanguageSwitch />
      </div>
      <section className="welcome__hero">
        <h1 className="welcome__title">{t('welcome.title')}</h1>
        <p className="welcome__lead">{t('welcome.lead')}</p>
        <div className="welcome__actions">
          {isSignedIn ? (
            <Link to="/" className="welcome__action welcome__action--first">
              {t('welcome.open')}
            </Link>
          ) : (
            <>
              <Link to="/sign-up" className="welcome__action welcome__action--first">
                {t('welcome.sign_up')}
              </Link>
              <Link to="/sign-in" search={{}} className="welcome__action">
                {t('welcome.sign_in')}
              </Link>
            </>
          )}
        </div>
      </section>
      <div className="welcome__points">
        {POINTS.map((point) => (
          <section key={point} className="t-card welcome__point">
            <h2>{t(`welcome.${point}`)}</h2>
            <p>{t(`welcome.${point}_text`)}</p>
          </section>
        ))}
      </div>
      <Download />
    </main>
  );
}
