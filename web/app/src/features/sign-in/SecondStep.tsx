import {
  postV1SessionsSecondFactor,
  postV1SessionsSecondFactorChallenge,
} from '@tael/api/generated/sdk.gen';
import { useTranslation } from 'react-i18next';
import { ask } from '../../lib/api';
import { ProofForm } from '../../lib/proof/ProofForm';
import type { Ticket } from './signIn';

type Props = { ticket: Ticket; onDone: () => void; onBack: () => void };

/** The password was right; one more proof is wanted. */
export function SecondStep({ ticket, onDone, onBack }: Props) {
  const { t } = useTranslation();
  return (
    <div className="entrance__form">
      <p className="t-soft">{t('sign_in.second')}</p>
      <ProofForm
        methods={ticket.methods}
        submit={t('sign_in.submit')}
        challenge={(method) =>
          ask(postV1SessionsSecondFactorChallenge({ body: { ticket: ticket.ticket, method } }))
        }
        send={async (proof) => {
          await ask(postV1SessionsSecondFactor({ body: { ticket: ticket.ticket, ...proof } }));
          onDone();
        }}
      />
      <button type="button" className="t-plain" onClick={onBack}>
        {t('common.back')}
      </button>
    </div>
  );
}
