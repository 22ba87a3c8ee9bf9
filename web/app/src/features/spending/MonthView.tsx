import './spending.css';
import type { Transaction } from '@tael/api/generated/types.gen';
import { moneyText } from '@tael/ui/money/format';
import { Money } from '@tael/ui/money/Money';
import { Empty } from '@tael/ui/states/states';
import { PieOutline } from 'antd-mobile-icons';
import { lazy, Suspense, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { boundsOf, moment } from '../../lib/moments';
import { usePreferences } from '../../lib/preferences';
import type { RecordType } from '../../lib/RecordRow';
import { Parts } from './Parts';
import { spendingOf, trendOf } from './spending';

const Chart = lazy(() => import('./Chart'));

type Props = {
  records: Transaction[];
  currency: string;
  /** The months that are known, the newest first; the one to show and the one before it. */
  months: string[];
  month: string;
  before: string;
};

/** Where the money of a month went, and how the months compare. */
export function MonthView({ records, currency, months, month, before }: Props) {
  const { t } = useTranslation();
  const { language, hidesSums } = usePreferences();
  const hiddenAs = hidesSums ? t('home.hidden') : undefined;
  const seen = spendingOf(records, currency, month, before);
  const kinds = seen.kinds.map((part) => ({
    ...part,
    name: t(`record_type.${part.name as RecordType}`),
  }));
  const people = seen.people.filter((part) => part.name !== '');
  const shown = useMemo(() => months.slice().reverse(), [months]);
  const names = useMemo(
    () => shown.map((one) => moment(boundsOf(one).from, language, 'month_short')),
    [shown, language],
  );
  const trend = useMemo(() => trendOf(records, currency, shown), [records, currency, shown]);
  return (
    <>
      <section className="t-card spending__sums">
        <p className="t-soft">{t('spending.out')}</p>
        <Money size="hero" amount={seen.out} currency={currency} hiddenAs={hiddenAs} />
        {seen.change !== null && !hidesSums && (
          <p className="t-soft t-small">{changeText(seen.change)}</p>
        )}
        <p className="t-soft">
          {t('spending.income')}{' '}
          <Money amount={seen.income} currency={currency} hiddenAs={hiddenAs} />
        </p>
      </section>
      {!hidesSums && (
        <section className="t-card spending__part" aria-labelledby="trend">
          <h2 id="trend">{t('spending.trend', { count: months.length })}</h2>
          <Suspense fallback={<div className="spending__chart" />}>
            <Chart
              label={t('spending.trend', { count: months.length })}
              names={names}
              amounts={trend}
              currency={currency}
            />
          </Suspense>
          <details>
            <summary>{t('spending.table')}</summary>
            <table className="spending__table">
              <thead>
                <tr>
                  <th scope="col">{t('spending.month')}</th>
                  <th scope="col">{t('spending.out')}</th>
                </tr>
              </thead>
              <tbody>
                {shown.map((one, at) => (
                  <tr key={one}>
                    <th scope="row">{moment(boundsOf(one).from, language, 'month')}</th>
                    <td>
                      <Money amount={trend[at] ?? 0n} currency={currency} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </details>
        </section>
      )}
      {seen.out === 0n ? (
        <Empty icon={<PieOutline />} title={t('spending.none')} />
      ) : (
        <>
          <Parts
            title={t('spending.kinds')}
            parts={kinds}
            currency={currency}
            hiddenAs={hiddenAs}
          />
          {people.length > 0 && (
            <Parts
              title={t('spending.people')}
              parts={people}
              currency={currency}
              hiddenAs={hiddenAs}
            />
          )}
        </>
      )}
    </>
  );

  function changeText(change: bigint): string {
    if (change === 0n) return t('spending.as_before');
    const sum = moneyText(change < 0n ? -change : change, currency, language);
    return t(change > 0n ? 'spending.more_than' : 'spending.less_than', { sum });
  }
}
