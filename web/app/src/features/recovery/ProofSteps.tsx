import {
  postV1RecoveriesByIdChallenge,
  postV1RecoveriesByIdProve,
  postV1RecoveriesByIdResend,
  postV1RecoveriesByIdVerify,
} from '@tael/api/generated/sdk.gen';
import { useTranslation } from 'react-i18next';
import { ask } from '../../lib/api';
import { CodeForm } from '../../lib/CodeForm';
import { ProofForm } from '../../lib/proof/ProofForm';
import type { StepProps } from './recovery';

type Known = StepProps & { id: string };
type Progress = { state: string; methods: string[] };

const next = ({ state, methods }: Progress) =>
  ({ step: state === 'proven' ? 'choose' : 'more', methods }) as const;

/** The code that went to the phone or the mailbox. */
export function CodeStep({ draft, change, id }: Known) {
  const { t } = useTranslation();
  const path = { id };
  return (
    <CodeForm
      text={t('recover.code', { contact: draft.identifier.trim() })}
      resendAt={draft.resendAt ?? new Date(0).toISOString()}
      send={async (code) =>
        change(next(await ask(postV1RecoveriesByIdVerify({ path, body: { code } }))))
      }
      resend={async () => {
        const { resend_at } = await ask(postV1RecoveriesByIdResend({ path }));
        change({ resendAt: resend_at });
      }}
      aside={
        <button type="button" className="t-plain" onClick={() => change({ step: 'who' })}>
          {t('sign_up.other_contact')}
        </button>
      }
    />
  );
}

/** One contact alone is not enough for a wallet with more to lose. */
export function MoreStep({ draft, change, id }: Known) {
  const { t } = useTranslation();
  const path = { id };
  return (
    <div className="entrance__form">
      <p className="t-soft">{t('recover.more')}</p>
      <ProofForm
        methods={draft.methods ?? []}
        submit={t('common.next')}
        challenge={(method) => ask(postV1RecoveriesByIdChallenge({ path, body: { method } }))}
        send={async (proof) =>
          change(next(await ask(postV1RecoveriesByIdProve({ path, body: proof }))))
        }
      />
      <button type="button" className="t-plain" onClick={() => change({ step: 'review' })}>
        {t('recover.nothing_left')}
      </button>
    </div>
  );
}
