import {
  postV1StepUps,
  postV1StepUpsByIdChallenge,
  postV1StepUpsByIdVerify,
} from '@tael/api/generated/sdk.gen';
import { Sheet } from '@tael/ui/sheet/Sheet';
import { Bones, Failed } from '@tael/ui/states/states';
import { useQuery } from '@tanstack/react-query';
import i18next from 'i18next';
import { useTranslation } from 'react-i18next';
import { ask } from '../api';
import { useErrorText } from '../problems';
import { ProofForm } from './ProofForm';
import { type Asked, cancel, granted, useAsked } from './step-up';

/** Asks for a fresh proof whenever a sensitive act needs one. */
export default function StepUpSheet() {
  const { t } = useTranslation();
  const asked = useAsked();
  return (
    <Sheet
      title={t('step_up.title')}
      closeLabel={t('common.close')}
      isOpen={asked !== null}
      onClose={cancel}
    >
      {asked && <Question asked={asked} />}
    </Sheet>
  );
}

function Question({ asked }: { asked: Asked }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const { purpose, resource } = asked;
  const begun = useQuery({
    queryKey: ['step-up', purpose, resource],
    queryFn: () => ask(postV1StepUps({ body: { purpose, ...(resource ? { resource } : {}) } })),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const reason = `step_up.${purpose}`;
  return (
    <div className="t-stack">
      <p className="t-soft">
        {i18next.exists(reason) ? t(reason as 'step_up.title') : t('step_up.text')}
      </p>
      {begun.isPending && <Bones label={t('common.loading')} lines={2} />}
      {begun.isError && (
        <Failed
          title={errorText(begun.error)}
          retryLabel={t('common.retry')}
          onRetry={() => void begun.refetch()}
        />
      )}
      {begun.data && (
        <ProofForm
          methods={begun.data.methods}
          submit={t('step_up.submit')}
          challenge={(method) =>
            ask(postV1StepUpsByIdChallenge({ path: { id: begun.data.id }, body: { method } }))
          }
          send={async (proof) => {
            await ask(postV1StepUpsByIdVerify({ path: { id: begun.data.id }, body: proof }));
            granted();
          }}
        />
      )}
    </div>
  );
}
