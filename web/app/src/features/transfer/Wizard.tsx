import type { Account, DoneTransfer, TransferPreview } from '@tael/api/generated/types.gen';
import { acceptAmount, moneyText } from '@tael/ui/money/format';
import { useMutation } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { namedBy } from '../../lib/contact';
import { forgetIntent, newIntent, type Outcome } from '../../lib/intent';
import type { PayLink } from '../../lib/paylink';
import { preferences } from '../../lib/preferences';
import { useErrorText } from '../../lib/problems';
import { AmountStep } from './AmountStep';
import { ConfirmSheet } from './ConfirmSheet';
import { PayeeStep } from './PayeeStep';
import { type Draft, KIND, keepDraft, keptDraft, preview, type TransferIntent } from './transfer';

/** Why the payment would be refused, and for a limit how much is left of it. */
function refusalText(t: TFunction, { rejection, limits }: TransferPreview): string {
  const sentence = t(`problem.${rejection as 'limit_exceeded'}`);
  if (rejection !== 'limit_exceeded') return sentence;
  const { language } = preferences();
  const { per_payment: one, left_today: today } = limits;
  const left = t('transfer.limits', {
    one: moneyText(one.amount, one.currency, language),
    today: moneyText(today.amount, today.currency, language),
  });
  return `${sentence} ${left}`;
}

type Props = {
  accounts: Account[];
  /** What a link or a scanned code asked for. */
  link: Partial<PayLink>;
  retried: TransferIntent | null;
  onOutcome: (intent: TransferIntent, outcome: Outcome<DoneTransfer>) => void;
};

/** What a link asks for comes before what was typed earlier. */
function begun(accounts: Account[], link: Partial<PayLink>): Draft {
  const first = accounts[0]?.currency ?? 'CNY';
  const kept = keptDraft();
  if (!link.to || kept?.to === link.to) {
    return kept ?? { to: '', payee: null, typed: '', currency: first, note: '' };
  }
  const currency = accounts.find((one) => one.currency === link.currency)?.currency ?? first;
  const typed = link.amount ? acceptAmount('', link.amount, currency) : '';
  return { to: link.to, payee: null, typed, currency, note: link.note ?? '' };
}

/** Payee, amount, confirmation; what was typed outlives a reload. */
export function Wizard({ accounts, link, retried, onOutcome }: Props) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const [draft, setDraft] = useState<Draft>(() => begun(accounts, link));
  const [intent, setIntent] = useState(retried);
  const change = (part: Partial<Draft>) => {
    setDraft((before) => {
      const after = { ...before, ...part };
      keepDraft(after);
      return after;
    });
    look.reset();
  };
  const look = useMutation({
    mutationFn: async (minor: bigint) => {
      const to = namedBy(draft.to);
      if (!to) throw new Error('a payee was found before');
      const money = { amount: minor.toString(), currency: draft.currency };
      const seen = await preview(to, money);
      const note = draft.note.trim();
      return { seen, body: { to, money, ...(note ? { note } : {}) } };
    },
    onSuccess: ({ seen, body }) => {
      if (seen.rejection === null || seen.rejection === undefined) {
        setIntent(newIntent(body, { payee: seen.payee.name }));
      }
    },
  });
  const rejection = look.data?.seen.rejection;
  const refused = look.data && rejection ? refusalText(t, look.data.seen) : null;
  return (
    <>
      {draft.payee === null ? (
        <PayeeStep
          draft={draft}
          change={change}
          looksAtOnce={link.to !== undefined && draft.to === link.to}
          onPayee={(payee) => change({ payee })}
        />
      ) : (
        <>
          <AmountStep
            draft={{ ...draft, payee: draft.payee }}
            accounts={accounts}
            change={change}
            isBusy={look.isPending}
            error={look.error ? errorText(look.error) : refused}
            onNext={(minor) => look.mutate(minor)}
          />
          <button type="button" className="t-plain" onClick={() => change({ to: '', payee: null })}>
            {t('transfer.other_payee')}
          </button>
        </>
      )}
      <ConfirmSheet
        intent={intent}
        seen={look.data?.seen}
        onClose={() => {
          setIntent(null);
          forgetIntent(KIND);
        }}
        onOutcome={(outcome) => intent && onOutcome(intent, outcome)}
      />
    </>
  );
}
