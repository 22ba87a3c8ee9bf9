import type { Transaction } from '@tael/api/generated/types.gen';
import { Field } from '@tael/ui/field/Field';
import { RowContent } from '@tael/ui/row/Row';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Button } from 'antd-mobile';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { namedBy } from '../../lib/contact';
import { FormError } from '../../lib/FormError';
import { useErrorText } from '../../lib/problems';
import { recentQuery } from '../../lib/queries';
import { initialOf } from '../../lib/RecordRow';
import { type Draft, preview } from './transfer';

type Props = {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  /** The payee came with a link: nothing has to be typed. */
  looksAtOnce: boolean;
  onPayee: (payee: string) => void;
};

/** People of the latest records in this currency, each once. */
function recentPeople(
  records: Transaction[],
  currency: string,
): { name: string; account: string }[] {
  const people = new Map<string, { name: string; account: string }>();
  for (const { counterparty, money } of records) {
    if (money.currency !== currency) continue;
    const account = counterparty?.account;
    if (account && !people.has(account)) people.set(account, { name: counterparty.name, account });
  }
  return [...people.values()].slice(0, 6);
}

/** Whom to pay: typed, or one of the last. Finding them shows their masked name. */
export function PayeeStep({ draft, change, looksAtOnce, onPayee }: Props) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const recent = useQuery(recentQuery);
  const find = useMutation({
    mutationFn: (to: string) => {
      const named = namedBy(to);
      if (!named) return Promise.reject(new Error('not a contact'));
      return preview(named, { amount: '1', currency: draft.currency });
    },
    onSuccess: ({ payee }) => onPayee(payee.name),
  });
  const isLookedAt = useRef(false);
  useEffect(() => {
    if (!looksAtOnce || isLookedAt.current) return;
    isLookedAt.current = true;
    find.mutate(draft.to);
  }, [looksAtOnce, draft.to, find.mutate]);
  const people = recentPeople(recent.data?.data ?? [], draft.currency);
  const isNamed = namedBy(draft.to) !== null;
  return (
    <>
      <form
        className="t-card payform"
        onSubmit={(event) => {
          event.preventDefault();
          if (isNamed) find.mutate(draft.to);
        }}
      >
        <Field
          label={t('transfer.to')}
          hint={t('transfer.to_hint')}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          enterKeyHint="next"
          autoFocus
          value={draft.to}
          onChange={(event) => {
            change({ to: event.target.value, payee: null });
            if (find.isError) find.reset();
          }}
        />
        <FormError text={find.error && errorText(find.error)} />
        <Button
          block
          color="primary"
          size="large"
          type="submit"
          loading={find.isPending}
          disabled={!isNamed}
        >
          {t('common.next')}
        </Button>
      </form>
      {people.length > 0 && (
        <section className="t-card" aria-labelledby="people">
          <h2 id="people" className="payform__heading">
            {t('transfer.recent')}
          </h2>
          <div className="t-rows">
            {people.map(({ name, account }) => (
              <button
                key={account}
                type="button"
                className="t-row"
                disabled={find.isPending}
                onClick={() => {
                  change({ to: account, payee: null });
                  find.mutate(account);
                }}
              >
                <RowContent icon={initialOf(name)} title={name} isLink />
              </button>
            ))}
          </div>
        </section>
      )}
    </>
  );
}
