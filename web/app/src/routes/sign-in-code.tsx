import { Link, useRouter } from '@tanstack/react-router';
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import { ShowCode } from '../features/confirm/ShowCode';
import { Entrance } from '../lib/Entrance';
import { signedIn } from '../lib/session';

/** Sign in with a device that is signed in already. */
export function SignInCode() {
  const { t } = useTranslation();
  const router = useRouter();
  const enter = useCallback(() => {
    signedIn();
    router.history.replace('/');
  }, [router]);
  return (
    <Entrance title={t('sign_in.by_code')}>
      <ShowCode onDone={enter} />
      <p className="t-soft">
        <Link to="/sign-in" search={{}}>
          {t('confirm.password')}
        </Link>
      </p>
    </Entrance>
  );
}
