import { getRouteApi, Link, useRouter } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { SignInForm } from '../features/sign-in/SignInForm';
import { Entrance } from '../lib/Entrance';

const route = getRouteApi('/visitors/sign-in');

export function SignIn() {
  const { t } = useTranslation();
  const { next, locked } = route.useSearch();
  const router = useRouter();
  return (
    <Entrance title={t('sign_in.title')}>
      {locked && (
        <p className="entrance__note" role="status">
          {t('sign_in.locked')}
        </p>
      )}
      <SignInForm onDone={() => router.history.replace(next ?? '/')} />
      <p className="t-soft">
        {t('sign_in.no_account')} <Link to="/sign-up">{t('welcome.sign_up')}</Link>
      </p>
    </Entrance>
  );
}
