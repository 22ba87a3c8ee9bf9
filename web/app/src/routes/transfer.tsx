import '../lib/payform.css';
import type { Account, DoneTransfer, TransferPreview } from '@tael/api/generated/types.gen';
import { moneyText } from '@tael/ui/money/format';
import { Bones } from '@tael/ui/states/states';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { TFunction } from 'i18next';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { AmountStep } from '../features/transfer/AmountStep';
import { ConfirmSheet } from '../features/transfer/ConfirmSheet';
import { PayeeStep } from '../features/transfer/PayeeStep';
import { TransferOutcome } from '../features/transfer/TransferOutcome';
import {
  type Draft,
  forgetDraft,
  KIND,
  keepDraft,
  keptDraft,
  preview,
  type TransferIntent,
} from '../features/transfer/transfer';
import { namedBy } from '../lib/contact';
import { forgetIntent, keptIntent, newIntent, type Outcome } from '../lib/intent';
import { Page } from '../lib/Page';
import { preferences } from '../lib/preferences';
import { useErrorText } from '../lib/problems';
import { queries, walletQuery } from '../lib/queries';

type Sent = { intent: TransferIntent; outcome: Outcome<DoneTransfer> | null };

const leftOver = (): Sent | null => {
  const intent = keptIntent<TransferIntent['body']>(KIND);
  return intent && { intent, outcome: null };
};

/** A payment that was sent comes first: until its end is known no other can be begun. */
export function Transfer() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const wallet = useQuery(walletQuery);
  const [sent, setSent] = useState<Sent | null>(leftOver);
  const [retried, setRetried] = useState<TransferIntent | null>(null);
  const settle = (intent: TransferIntent, outcome: Outcome<DoneTransfer>) => {
    if (outcome.state === 'done') forgetDraft();
    setRetried(null);
    setSent({ intent, outcome });
    void queries.invalidateQueries({ queryKey: walletQuery.queryKey });
    void queries.invalidateQueries({ queryKey: ['records'] });
  };
  const leave = () => {
    forgetIntent(KIND);
    setSent(null);
  };
  const accounts = wallet.data?.accounts;
  return (
    <Page title={t('home.transfer')} back="/">
      {sent ? (
        <TransferOutcome
          key={sent.intent.key}
          intent={sent.intent}
          initial={sent.outcome}
          onHome={() => {
            leave();
            void navigate({ to: '/', replace: true });
          }}
          onChange={leave}
          onRetry={() => {
            setRetried(sent.intent);
            leave();
          }}
        />
      ) : accounts ? (
        <Wizard accounts={accounts} retried={retried} onOutcome={settle} />
      ) : (
        <Bones label={t('common.loading')} lines={4} />
      )}
    </Page>
  );
}

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

type WizardProps = {
  accounts: Account[];
  retried: TransferIntent | null;
  onOutcome: (intent: TransferIntent, outcome: Outcome<DoneTransfer>) => void;
};

/** Payee, amount, confirmation; what was typed outlives a reload. */
function Wizard({ accounts, retried, onOutcome }: WizardProps) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const [draft, setDraft] = useState<Draft>(() => {
    const first = accounts[0]?.currency ?? 'CNY';
    return keptDraft() ?? { to: '', payee: null, typed: '', currency: first, note: '' };
  });
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
      const seen = await preview(to, minor, draft.currency);
      const money = { amount: minor.toString(), currency: draft.currency };
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
  const zero = { amount: 0, currency: draft.currency };
  return (
    <>
      {draft.payee === null ? (
        <PayeeStep draft={draft} change={change} onPayee={(payee) => change({ payee })} />
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
        fee={look.data?.seen.fee ?? zero}
        onClose={() => {
          setIntent(null);
          forgetIntent(KIND);
        }}
        onOutcome={(outcome) => intent && onOutcome(intent, outcome)}
      />
    </>
  );
}
