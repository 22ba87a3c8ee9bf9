import type { DoneTransfer } from '@tael/api/generated/types.gen';
import { Money } from '@tael/ui/money/Money';
import { Facts } from '@tael/ui/row/Row';
import { Sheet } from '@tael/ui/sheet/Sheet';
import { TOKEN_LENGTH } from '@tael/ui/token-input/groups';
import { TokenInput } from '@tael/ui/token-input/TokenInput';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button } from 'antd-mobile';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FormError } from '../../lib/FormError';
import type { Outcome } from '../../lib/intent';
import { errorText } from '../../lib/problems';
import { queries, tokensQuery } from '../../lib/queries';
import { pay, type TransferIntent } from './transfer';

type Props = {
  intent: TransferIntent | null;
  fee: { amount: number | string; currency: string };
  onClose: () => void;
  /** Anything but an answer that the person can mend here. */
  onOutcome: (outcome: Outcome<DoneTransfer>) => void;
};

/** Names payee and sum once more, and takes the Token for exactly this. */
export function ConfirmSheet({ intent, fee, onClose, onOutcome }: Props) {
  const { t } = useTranslation();
  const [isBusy, setBusy] = useState(false);
  return (
    <Sheet
      title={t('transfer.confirm')}
      closeLabel={t('common.close')}
      isOpen={intent !== null}
      // What was sent cannot be called back by closing its sheet.
      onClose={() => !isBusy && onClose()}
    >
      {intent && (
        <Authorise
          intent={intent}
          fee={fee}
          isBusy={isBusy}
          setBusy={setBusy}
          onOutcome={onOutcome}
        />
      )}
    </Sheet>
  );
}

type AuthoriseProps = Omit<Props, 'onClose' | 'intent'> & {
  intent: TransferIntent;
  isBusy: boolean;
  setBusy: (isBusy: boolean) => void;
};

function Authorise({ intent, fee, isBusy, setBusy, onOutcome }: AuthoriseProps) {
  const { t } = useTranslation();
  const tokens = useQuery(tokensQuery);
  const [token, setToken] = useState('');
  const [error, setError] = useState<string | null>(null);
  const { money, note } = intent.body;
  const hasToken = tokens.data?.data.some((one) => one.state === 'active') ?? true;
  const send = async () => {
    setBusy(true);
    const outcome = await pay(intent, token);
    setBusy(false);
    if (outcome.state !== 'open') return onOutcome(outcome);
    setToken('');
    setError(errorText(outcome.error));
    void queries.invalidateQueries({ queryKey: tokensQuery.queryKey });
  };
  return (
    <form
      className="t-stack"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      <div className="payform__sum">
        <Money size="hero" amount={money.amount} currency={money.currency} />
      </div>
      <Facts
        facts={[
          [t('transfer.payee'), <strong key="payee">{intent.shown.payee}</strong>],
          [t('transfer.fee'), <Money key="fee" amount={fee.amount} currency={fee.currency} />],
          note ? [t('transfer.note'), note] : null,
        ]}
      />
      {hasToken ? (
        <>
          <TokenInput
            label={t('transfer.token')}
            hint={t('transfer.token_hint')}
            value={token}
            onChange={setToken}
            autoFocus
          />
          <FormError text={error} />
          <Button
            block
            color="primary"
            size="large"
            type="submit"
            loading={isBusy}
            disabled={token.length < TOKEN_LENGTH}
          >
            {t('transfer.pay')}
          </Button>
        </>
      ) : (
        <>
          <FormError text={error} />
          <p>{t('transfer.no_token')}</p>
          <Link to="/me/token" className="linkbutton">
            {t('sign_up.get_token')}
          </Link>
        </>
      )}
    </form>
  );
}
