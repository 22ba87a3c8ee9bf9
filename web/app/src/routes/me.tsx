import './cards.css';
import { RowContent } from '@tael/ui/row/Row';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { Button } from 'antd-mobile';
import {
  AppstoreOutline,
  BellOutline,
  CheckShieldOutline,
  CloseCircleOutline,
  ContentOutline,
  DownlandOutline,
  EyeOutline,
  FingerdownOutline,
  GlobalOutline,
  KeyOutline,
  LockOutline,
  PayCircleOutline,
  ReceiptOutline,
  ScanningFaceOutline,
  SetOutline,
  StopOutline,
  UserContactOutline,
} from 'antd-mobile-icons';
import { useTranslation } from 'react-i18next';
import { FormError } from '../lib/FormError';
import { Page } from '../lib/Page';
import { useErrorText } from '../lib/problems';
import { meQuery, tokensQuery } from '../lib/queries';
import { initialOf } from '../lib/RecordRow';
import { endSession, signedOut } from '../lib/session';

const SECURITY = [
  { to: '/me/security', icon: CheckShieldOutline, name: 'center' },
  { to: '/me/token', icon: KeyOutline, name: 'token' },
  { to: '/me/password', icon: LockOutline, name: 'password' },
  { to: '/me/pin', icon: PayCircleOutline, name: 'pin' },
  { to: '/me/two-step', icon: FingerdownOutline, name: 'two_step' },
  { to: '/me/passkeys', icon: ScanningFaceOutline, name: 'passkeys' },
  { to: '/me/limits', icon: ReceiptOutline, name: 'limits' },
  { to: '/me/freeze', icon: StopOutline, name: 'freeze' },
  { to: '/me/places', icon: GlobalOutline, name: 'places' },
  { to: '/me/profile', icon: UserContactOutline, name: 'profile' },
  { to: '/me/verification', icon: ContentOutline, name: 'verification' },
  { to: '/me/activity', icon: EyeOutline, name: 'activity' },
  { to: '/me/programs', icon: AppstoreOutline, name: 'programs' },
  { to: '/me/closing', icon: CloseCircleOutline, name: 'closing' },
] as const;

const APP = [
  { to: '/me/settings', icon: SetOutline, name: 'settings' },
  { to: '/me/messages', icon: BellOutline, name: 'messages' },
  { to: '/welcome', icon: DownlandOutline, name: 'download' },
] as const;

export function Me() {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const navigate = useNavigate();
  const { data: user } = useQuery(meQuery);
  const tokens = useQuery(tokensQuery);
  const hasToken = tokens.data?.data.some((token) => token.state === 'active');
  const leave = useMutation({
    mutationFn: endSession,
    onSuccess: async () => {
      await navigate({ to: '/welcome' });
      signedOut();
    },
  });
  return (
    <Page title={t('nav.me')}>
      <section className="t-card me__head">
        <span className="me__avatar" aria-hidden="true">
          {initialOf(user?.name ?? '')}
        </span>
        <div className="me__name">
          {user?.name}
          <p className="t-soft t-small">{user?.contacts[0]?.masked}</p>
        </div>
      </section>
      <section className="t-card" aria-labelledby="security">
        <h2 id="security" className="card__title">
          {t('me.security')}
        </h2>
        <div className="t-rows">
          {SECURITY.map(({ to, icon: Icon, name }) => (
            <Link key={to} to={to} className="t-row">
              <RowContent
                icon={<Icon />}
                title={t(`me.${name}`)}
                isLink
                end={
                  name === 'token' &&
                  hasToken !== undefined && (
                    <span className={hasToken ? 'good' : 'bad'}>
                      {t(hasToken ? 'token.is_active' : 'token.is_missing')}
                    </span>
                  )
                }
              />
            </Link>
          ))}
        </div>
      </section>
      <section className="t-card t-rows">
        {APP.map(({ to, icon: Icon, name }) => (
          <Link key={to} to={to} className="t-row">
            <RowContent icon={<Icon />} title={t(`me.${name}`)} isLink />
          </Link>
        ))}
      </section>
      <FormError text={leave.error && errorText(leave.error)} />
      <Button block size="large" loading={leave.isPending} onClick={() => leave.mutate()}>
        {t('me.sign_out')}
      </Button>
    </Page>
  );
}
