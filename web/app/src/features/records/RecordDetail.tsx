import type { Transaction } from '@tael/api/generated/types.gen';
import { Money } from '@tael/ui/money/Money';
import { Facts, RowContent } from '@tael/ui/row/Row';
import { Link } from '@tanstack/react-router';
import { QuestionCircleOutline } from 'antd-mobile-icons';
import { useTranslation } from 'react-i18next';
import { moment } from '../../lib/moments';
import { usePreferences } from '../../lib/preferences';
import { type RecordType, useCounterparty } from '../../lib/RecordRow';
import { Proof } from './Proof';

/** One record: sum, status, then the facts in the order that people know. */
export function RecordDetail({ record }: { record: Transaction }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const name = useCounterparty()(record);
  const isIn = record.direction === 'in';
  const minor = BigInt(record.money.amount);
  const { balance_after: after, fee } = record;
  return (
    <>
      <section className="t-card">
        <div className="detail__head">
          <p>{name}</p>
          <Money
            size="hero"
            amount={isIn ? minor : -minor}
            currency={record.money.currency}
            sign="always"
          />
          <p className="detail__state">{t(`record_state.${record.state as 'completed'}`)}</p>
        </div>
        <Facts
          facts={[
            [t('records.type'), t(`record_type.${record.type as RecordType}`)],
            record.counterparty && [t(isIn ? 'records.payer' : 'records.payee'), name],
            record.note !== '' && [t('records.note'), record.note],
            BigInt(fee.amount) > 0n && [
              t('transfer.fee'),
              <Money key="fee" amount={fee.amount} currency={fee.currency} />,
            ],
            [t('records.created'), moment(record.created_at, language, 'full')],
            [
              t('pay.balance_after'),
              <Money key="after" amount={after.amount} currency={after.currency} />,
            ],
            record.reference ? [t('records.reference'), record.reference] : null,
            [
              t('records.id'),
              <span key="id" className="detail__id">
                {record.id}
              </span>,
            ],
          ]}
        />
      </section>
      <Link to="/question/$id" params={{ id: record.id }} className="t-card t-row">
        <RowContent icon={<QuestionCircleOutline />} title={t('question.title')} isLink />
      </Link>
      {record.type === 'transfer' && <Proof id={record.id} />}
    </>
  );
}
