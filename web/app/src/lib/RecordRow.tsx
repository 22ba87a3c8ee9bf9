import type { Transaction } from '@tael/api/generated/types.gen';
import { Money } from '@tael/ui/money/Money';
import { RowContent } from '@tael/ui/row/Row';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { moment } from './moments';
import { usePreferences } from './preferences';

export type RecordType = 'transfer' | 'top_up' | 'payment' | 'refund' | 'reversal';

/** Who or what stands on the other side of a record. */
export function useCounterparty(): (record: Transaction) => string {
  const { t } = useTranslation();
  return (record) => record.counterparty?.name ?? t(`record_type.${record.type as RecordType}`);
}

export const initialOf = (name: string): string =>
  // A Chinese name is masked from its front: the first letter that can be seen stands for it.
  [...name].find((letter) => /[\p{L}\p{N}]/u.test(letter))?.toUpperCase() ?? '·';

/** One record in a list: who, what for, when, how much. */
export function RecordRow({ record, isCurrent }: { record: Transaction; isCurrent?: boolean }) {
  const { t } = useTranslation();
  const { language, hidesSums } = usePreferences();
  const name = useCounterparty()(record);
  const isIn = record.direction === 'in';
  const minor = BigInt(record.money.amount);
  const when = moment(record.created_at, language, 'short');
  return (
    <Link
      to="/records/$id"
      params={{ id: record.id }}
      className="t-row"
      aria-current={isCurrent ? 'true' : undefined}
    >
      <RowContent
        icon={record.type === 'top_up' ? '+' : initialOf(name)}
        title={name}
        text={record.note ? `${when} · ${record.note}` : when}
        end={
          <Money
            amount={isIn ? minor : -minor}
            currency={record.money.currency}
            sign="always"
            tone={isIn ? 'in' : 'plain'}
            hiddenAs={hidesSums ? t('home.hidden') : undefined}
          />
        }
      />
    </Link>
  );
}
