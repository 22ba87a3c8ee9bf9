import './Page.css';
import { useCanGoBack, useRouter } from '@tanstack/react-router';
import { LeftOutline } from 'antd-mobile-icons';
import { type ReactNode, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';

type Props = {
  title: string;
  /** Where "back" leads when there is nothing to go back to; absent on the four tabs. */
  back?: string;
  aside?: ReactNode;
  width?: 'narrow' | 'wide';
  children: ReactNode;
};

/** The frame of a screen: its title, the way back, its content. */
export function Page({ title, back, aside, width = 'narrow', children }: Props) {
  const { t } = useTranslation();
  const router = useRouter();
  const canGoBack = useCanGoBack();
  useEffect(() => {
    document.title = `${title} · Tael`;
  }, [title]);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    // A new screen is read from its title on, unless a field of it took the focus.
    if (document.activeElement === document.body) heading.current?.focus({ preventScroll: true });
  }, []);
  const leave = () => {
    if (canGoBack) router.history.back();
    else void router.navigate({ to: back as never });
  };
  return (
    <div className={`page page--${width}`}>
      <header className="page__bar">
        {back && (
          <button
            type="button"
            className="t-plain page__back"
            aria-label={t('common.back')}
            onClick={leave}
          >
            <LeftOutline fontSize={22} />
          </button>
        )}
        <h1 ref={heading} tabIndex={-1} className="page__title">
          {title}
        </h1>
        {aside && <div className="page__aside">{aside}</div>}
      </header>
      {children}
    </div>
  );
}
