import '../lib/entrance.css';
import { Result } from '@tael/ui/result/Result';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Button } from 'antd-mobile';
import { useTranslation } from 'react-i18next';
import { ChooseStep } from '../features/recovery/ChooseStep';
import { CodeStep, MoreStep } from '../features/recovery/ProofSteps';
import { ReviewStep } from '../features/recovery/ReviewStep';
import { forgetDraft, useDraft } from '../features/recovery/recovery';
import { WhoStep } from '../features/recovery/WhoStep';
import { Entrance } from '../lib/Entrance';
import { moment } from '../lib/moments';
import { usePreferences } from '../lib/preferences';
import { signedIn } from '../lib/session';

const route = getRouteApi('/recover');

/** 找回账号, 忘记密码: prove a contact, then a new password or in without one. */
export function Recover() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { language } = usePreferences();
  const { find } = route.useSearch();
  const [draft, change] = useDraft();
  const { step, id } = draft;
  if (step === 'done' || step === 'reviewed') {
    const hold = draft.holdUntil ? moment(draft.holdUntil, language, 'short') : '';
    return (
      <main className="entrance">
        <Result
          state={step === 'done' ? 'done' : 'waiting'}
          title={t(`recover.${step}`)}
          text={t(`recover.${step}_text`, { time: hold })}
          actions={
            <Button
              block
              color="primary"
              size="large"
              onClick={() => {
                forgetDraft();
                void navigate({ to: '/sign-in', search: {} });
              }}
            >
              {t('sign_in.submit')}
            </Button>
          }
        />
      </main>
    );
  }
  return (
    <Entrance title={t(find ? 'sign_in.lost' : 'sign_in.forgot')}>
      {(step === 'who' || !id) && <WhoStep draft={draft} change={change} />}
      {step === 'code' && id && <CodeStep draft={draft} change={change} id={id} />}
      {step === 'more' && id && <MoreStep draft={draft} change={change} id={id} />}
      {step === 'review' && id && <ReviewStep draft={draft} change={change} id={id} />}
      {step === 'choose' && id && (
        <ChooseStep
          draft={draft}
          change={change}
          id={id}
          onSignedIn={() => {
            forgetDraft();
            signedIn();
            void navigate({ to: '/' });
          }}
        />
      )}
      <p className="t-soft">
        <Link to="/sign-in" search={{}}>
          {t('recover.remembered')}
        </Link>
      </p>
    </Entrance>
  );
}
