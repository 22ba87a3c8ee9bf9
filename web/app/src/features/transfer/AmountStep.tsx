import type { Account } from '@tael/api/generated/types.gen';
import { AmountPad } from '@tael/ui/amount-pad/AmountPad';
import { Field } from '@tael/ui/field/Field';
import { minorOf } from '@tael/ui/money/format';
import { Money } from '@tael/ui/money/Money';
import { Segmented } from '@tael/ui/segmented/Segmented';
import { Link } from '@tanstack/react-router';
import { Button } from 'antd-mobile';
import { useTranslation } from 'react-i18next';
import { FormError } from '../../lib/FormError';
import { initialOf } from '../../lib/RecordRow';
import type { Draft } from './transfer';

type Props = {
  draft: Draft & { payee: string };
  accounts: Account[];
  change: (part: Partial<Draft>) => void;
  isBusy: boolean;
  error: string | null;
  onNext: (minor: bigint) => void;
};

const NOTE_LONGEST = 100;

/** How much, and what for. Says before the server does if there is not enough. */
export function AmountStep({ draft, accounts, change, isBusy, error, onNext }: Props) {
  const { t } = useTranslation();
  const account = accounts.find((one) => one.currency === draft.currency);
  const available = BigInt(account?.available ?? 0);
  const minor = minorOf(draft.typed, draft.currency);
  const isTooMuch = minor !== null && minor > available;
  return (
    <form
      className="t-card payform"
      onSubmit={(event) => {
        event.preventDefault();
        if (minor !== null && !isTooMuch) onNext(minor);
      }}
    >
      <p className="payform__payee">
        <span className="t-row__icon" aria-hidden="true">
          {initialOf(draft.payee)}
        </span>
        <span>
          <span className="t-soft t-small">{t('transfer.payee')}</span>
          <br />
          <strong>{draft.payee}</strong>
        </span>
      </p>
      {accounts.length > 1 && (
        <Segmented
          label={t('common.currency')}
          value={draft.currency}
          choices={accounts.map((one) => [one.currency, one.currency])}
          onChange={(currency) => change({ currency, typed: '' })}
        />
      )}
      <AmountPad
        label={t('common.amount')}
        deleteLabel={t('common.delete')}
        value={draft.typed}
        currency={draft.currency}
        onChange={(typed) => change({ typed })}
        error={isTooMuch ? t('transfer.too_much') : undefined}
      />
      <p className="payform__line t-small t-soft">
        <span>
          {t('home.available')} <Money amount={available} currency={draft.currency} />
        </span>
        {isTooMuch && <Link to="/top-up">{t('home.top_up')}</Link>}
      </p>
      <Field
        label={t('transfer.note')}
        maxLength={NOTE_LONGEST}
        autoComplete="off"
        placeholder={t('transfer.note_hint')}
        value={draft.note}
        onChange={(event) => change({ note: event.target.value })}
      />
      <FormError text={error} />
      <Button
        block
        color="primary"
        size="large"
        type="submit"
        loading={isBusy}
        disabled={minor === null || isTooMuch}
      >
        {t('common.next')}
      </Button>
    </form>
  );
}
