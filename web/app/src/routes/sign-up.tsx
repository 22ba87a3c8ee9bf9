import { Result } from '@tael/ui/result/Result';
import { Link, useNavigate } from '@tanstack/react-router';
import { Button } from 'antd-mobile';
import { useTranslation } from 'react-i18next';
import { CodeStep } from '../features/sign-up/CodeStep';
import { ContactStep } from '../features/sign-up/ContactStep';
import { forgetDraft, useDraft } from '../features/sign-up/draft';
import { PasswordStep } from '../features/sign-up/PasswordStep';
import { Entrance } from '../lib/Entrance';
import { signedIn } from '../lib/session';

const STEPS = ['contact', 'code', 'password'] as const;

/** Contact, code, password: then the wallet is there, and wants its Token. */
export function SignUp() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [draft, change] = useDraft();
  const { registration } = draft;
  if (draft.step === 'ready') {
    const leave = (to: '/' | '/me/token') => {
      forgetDraft();
      void navigate({ to, replace: true });
    };
    return (
      <main className="entrance">
        <Result
          state="done"
          title={t('sign_up.ready')}
          text={t('sign_up.ready_text')}
          actions={
            <>
              <Button block color="primary" size="large" onClick={() => leave('/me/token')}>
                {t('sign_up.get_token')}
              </Button>
              <Button block size="large" onClick={() => leave('/')}>
                {t('sign_up.later')}
              </Button>
            </>
          }
        />
      </main>
    );
  }
  const step = registration ? draft.step : 'contact';
  const at = STEPS.indexOf(step);
  return (
    <Entrance title={t('sign_up.title')}>
      <ol className="steps">
        {STEPS.map((name, index) => (
          <li
            key={name}
            className={`steps__step${index < at ? ' steps__step--done' : ''}`}
            aria-current={index === at ? 'step' : undefined}
          >
            {t(`sign_up.step_${name}`)}
          </li>
        ))}
      </ol>
      {step === 'contact' && <ContactStep draft={draft} change={change} />}
      {step === 'code' && registration && (
        <CodeStep draft={draft} registration={registration} change={change} />
      )}
      {step === 'password' && registration && (
        <PasswordStep
          draft={draft}
          registration={registration}
          change={change}
          onDone={() => {
            signedIn();
            change({ step: 'ready', contact: '', name: '', registration: undefined });
          }}
        />
      )}
      <p className="t-soft">
        {t('sign_up.have_account')}{' '}
        <Link to="/sign-in" search={{}}>
          {t('welcome.sign_in')}
        </Link>
      </p>
    </Entrance>
  );
}
