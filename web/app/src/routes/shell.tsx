import './shell.css';
import { Failed } from '@tael/ui/states/states';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useNavigate, useRouter, useRouterState } from '@tanstack/react-router';
import { AppOutline, BillOutline, MessageOutline, UserOutline } from 'antd-mobile-icons';
import { lazy, Suspense, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { codeOf } from '../lib/api';
import { useIdle } from '../lib/idle';
import { keptIntent } from '../lib/intent';
import { useLive } from '../lib/live';
import { usePreferences } from '../lib/preferences';
import { useErrorText } from '../lib/problems';
import { useAsked } from '../lib/proof/step-up';
import { meQuery } from '../lib/queries';
import { endSession, signedOut, useSignedIn } from '../lib/session';

const StepUpSheet = lazy(() => import('../lib/proof/StepUpSheet'));

const TABS = [
  { to: '/', icon: AppOutline, name: 'home' },
  { to: '/records', icon: BillOutline, name: 'records' },
  { to: '/inbox', icon: MessageOutline, name: 'inbox' },
  { to: '/me', icon: UserOutline, name: 'me' },
] as const;

/** Where people go from home: the files of these screens come while nothing else is to be done. */
const NEXT = ['/records', '/inbox', '/me', '/transfer', '/top-up'] as const;

/** Messages that have nothing to do with money do not come over the live wire. */
const ME_AGAIN = 60_000;

/** Around every screen of a signed-in person: the way about, and the live wire. */
export function Shell() {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const navigate = useNavigate();
  const isAsked = useAsked() !== null;
  const path = useRouterState({ select: (state) => state.location.pathname });
  const isSignedIn = useSignedIn();
  const me = useQuery({ ...meQuery, enabled: isSignedIn, refetchInterval: ME_AGAIN });
  const hasEnded = codeOf(me.error) === 'unauthenticated';
  useLive(isSignedIn && !hasEnded);
  useEffect(() => {
    if (!hasEnded) return;
    signedOut();
    void navigate({ to: '/sign-in', search: {} });
  }, [hasEnded, navigate]);
  const router = useRouter();
  useEffect(() => {
    if (!isSignedIn) return;
    const timer = setTimeout(() => {
      for (const to of NEXT) void router.preloadRoute({ to }).catch(() => undefined);
    }, 500);
    return () => clearTimeout(timer);
  }, [router, isSignedIn]);
  const { locksAfter } = usePreferences();
  useIdle(locksAfter, () => {
    // A payment whose end is not known is followed to its end first.
    if (!isSignedIn || keptIntent('transfer')?.sentAt !== undefined) return;
    signedOut();
    void navigate({ to: '/sign-in', search: { next: path, locked: true } });
    void endSession().catch(() => undefined);
  });

  const unread = me.data?.unread ?? 0;
  const isHere = (to: string) => (to === '/' ? path === '/' : path.startsWith(to));
  const cannotStart = me.isError && !me.data && !hasEnded;
  return (
    <div className="shell">
      <nav className="shell__nav" aria-label={t('nav.label')}>
        <p className="shell__brand">
          <img src="/icon.svg" alt="" width={32} height={32} />
          Tael
        </p>
        <div className="shell__tabs">
          {TABS.map(({ to, icon: Icon, name }) => (
            <Link
              key={to}
              to={to}
              className="shell__tab"
              aria-current={isHere(to) ? 'page' : undefined}
            >
              <Icon className="shell__icon" aria-hidden="true" />
              <span>{t(`nav.${name}`)}</span>
              {name === 'inbox' && unread > 0 && (
                <span className="shell__count">
                  {unread > 99 ? '99+' : unread}
                  <span className="t-hidden">{t('nav.unread')}</span>
                </span>
              )}
            </Link>
          ))}
        </div>
      </nav>
      <main className="shell__content">
        {cannotStart ? (
          <Failed
            title={errorText(me.error)}
            retryLabel={t('common.retry')}
            onRetry={() => void me.refetch()}
          />
        ) : (
          <Outlet />
        )}
      </main>
      {isAsked && (
        <Suspense>
          <StepUpSheet />
        </Suspense>
      )}
    </div>
  );
}
