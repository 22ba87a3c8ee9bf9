import { getRouteApi, Link, useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { OtherWays } from '../features/sign-in/OtherWays';
import { SecondStep } from '../features/sign-in/SecondStep';
import { SignInForm } from '../features/sign-in/SignInForm';
import type { Ticket } from '../features/sign-in/signIn';
import { Entrance } from '../lib/Entrance';
import { signedIn } from '../lib/session';

const route = getRouteApi('/visitors/sign-in');

/** Password and second step, or another device; and the ways back. */
export function SignIn() {
  const { t } = useTranslation();
  const { next, locked } = route.useSearch();
  const router = useRouter();
  const [ticket, setTicket] = useState<Ticket | null>(null);
  const enter = () => {
    signedIn();
    router.history.replace(next ?? '/');
  };
  if (ticket) {
    return (
      <Entrance title={t('sign_in.second_title')}>
        <SecondStep ticket={ticket} onDone={enter} onBack={() => setTicket(null)} />
      </Entrance>
    );
  }
  return (
    <Entrance title={t('sign_in.title')}>
      {locked && (
        <p className="entrance__note" role="status">
          {t('sign_in.locked')}
        </p>
      )}
      <SignInForm onDone={enter} onTicket={setTicket} />
      <OtherWays onDone={enter} />
      <p className="t-soft">
        {t('sign_in.no_account')} <Link to="/sign-up">{t('welcome.sign_up')}</Link>
      </p>
    </Entrance>
  );
}
