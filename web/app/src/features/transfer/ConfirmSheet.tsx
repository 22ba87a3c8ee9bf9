import type { DoneTransfer, TransferPreview } from '@tael/api/generated/types.gen';
import { Money } from '@tael/ui/money/Money';
import { Facts } from '@tael/ui/row/Row';
import { Sheet } from '@tael/ui/sheet/Sheet';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Outcome } from '../../lib/intent';
import { Loaded } from '../../lib/Loaded';
import { Authorise } from './Authorise';
import { preview, type TransferIntent } from './transfer';

type Props = {
  intent: TransferIntent | null;
  /** What the server said of it, if it was asked just now. */
  seen: TransferPreview | undefined;
  onClose: () => void;
  /** Anything but an answer that the person can mend here. */
  onOutcome: (outcome: Outcome<DoneTransfer>) => void;
};

/** Names payee and sum once more, and takes the proofs for exactly this. */
export function ConfirmSheet({ intent, seen, onClose, onOutcome }: Props) {
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
        <Question
          key={intent.key}
          intent={intent}
          seen={seen}
          setBusy={setBusy}
          onOutcome={onOutcome}
        />
      )}
    </Sheet>
  );
}

const WARNINGS = ['first_time_payee', 'new_device', 'unfamiliar_network'] as const;

type QuestionProps = Omit<Props, 'onClose' | 'intent'> & {
  intent: TransferIntent;
  setBusy: (isBusy: boolean) => void;
};

function Question({ intent, seen, setBusy, onOutcome }: QuestionProps) {
  const { t } = useTranslation();
  const { to, money, note } = intent.body;
  const met = useQuery({
    queryKey: ['payment', intent.key],
    queryFn: () => preview(to as Parameters<typeof preview>[0], money),
    ...(seen ? { initialData: seen } : {}),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  return (
    <div className="t-stack">
      <div className="payform__sum">
        <Money size="hero" amount={money.amount} currency={money.currency} />
      </div>
      <Loaded query={met} lines={3}>
        {({ fee, warnings, factor_sets }) => (
          <>
            <Facts
              facts={[
                [t('transfer.payee'), <strong key="payee">{intent.shown.payee}</strong>],
                [t('transfer.fee'), <Money key="fee" {...fee} />],
                note ? [t('transfer.note'), note] : null,
              ]}
            />
            {WARNINGS.filter((one) => warnings.includes(one)).map((one) => (
              <p key={one} className="payform__warning" role="note">
                {t(`transfer.warn_${one}`)}
              </p>
            ))}
            <Authorise
              intent={intent}
              asked={factor_sets}
              setBusy={setBusy}
              onOutcome={onOutcome}
            />
          </>
        )}
      </Loaded>
    </div>
  );
}
