import type { Transaction } from '@tael/api/generated/types.gen';
import { Money } from '@tael/ui/money/Money';
import { Bones, Empty, Failed, ListEnd } from '@tael/ui/states/states';
import { useInfiniteQuery } from '@tanstack/react-query';
import { InfiniteScroll } from 'antd-mobile';
import { BillOutline } from 'antd-mobile-icons';
import { useTranslation } from 'react-i18next';
import { moment, monthOf } from '../../lib/moments';
import { usePreferences } from '../../lib/preferences';
import { useErrorText } from '../../lib/problems';
import { type RecordFilter, recordsQuery } from '../../lib/queries';
import { RecordRow } from '../../lib/RecordRow';
import { type MonthGroup, monthsOf } from './months';

type Props = { filter: RecordFilter; isFiltered: boolean; currentId?: string | undefined };

/** All records, month by month, loaded as they are scrolled to. */
export function RecordList({ filter, isFiltered, currentId }: Props) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const list = useInfiniteQuery(recordsQuery(filter));
  if (list.isPending) return <Bones label={t('common.loading')} lines={8} />;
  if (list.isError && !list.data) {
    return (
      <Failed
        title={errorText(list.error)}
        retryLabel={t('common.retry')}
        onRetry={() => void list.refetch()}
      />
    );
  }
  const records = list.data.pages.flatMap((page) => page.data);
  if (records.length === 0) {
    return (
      <Empty icon={<BillOutline />} title={t(isFiltered ? 'records.no_match' : 'records.none')} />
    );
  }
  const months = monthsOf(records, monthOf);
  return (
    <>
      {months.map((group, index) => (
        <Month
          key={group.month}
          group={group}
          // More of the oldest month may be still to load, so its sums would not be true yet.
          hasTotals={!list.hasNextPage || index < months.length - 1}
          currentId={currentId}
        />
      ))}
      {list.hasNextPage ? (
        <InfiniteScroll
          hasMore={list.hasNextPage}
          loadMore={async () => {
            await list.fetchNextPage({ throwOnError: true });
          }}
        >
          {(_, isFailed, retry) =>
            isFailed ? (
              <button type="button" className="t-plain" onClick={retry}>
                {t('common.retry')}
              </button>
            ) : (
              <span>{t('common.loading')}</span>
            )
          }
        </InfiniteScroll>
      ) : (
        <ListEnd label={t('records.end')} />
      )}
    </>
  );
}

type MonthProps = {
  group: MonthGroup<Transaction>;
  hasTotals: boolean;
  currentId?: string | undefined;
};

function Month({ group, hasTotals, currentId }: MonthProps) {
  const { t } = useTranslation();
  const { language, hidesSums } = usePreferences();
  const hiddenAs = hidesSums ? t('home.hidden') : undefined;
  const name = moment(group.records[0]?.created_at ?? '', language, 'month');
  return (
    <section className="month" aria-label={name}>
      <header className="month__head">
        <h2>{name}</h2>
        <div className="month__totals">
          {(hasTotals ? group.totals : []).map(({ currency, out, income }) => (
            <p key={currency}>
              {t('records.out')} <Money amount={out} currency={currency} hiddenAs={hiddenAs} />
              {'　'}
              {t('records.in')} <Money amount={income} currency={currency} hiddenAs={hiddenAs} />
            </p>
          ))}
        </div>
      </header>
      <div className="t-card t-rows">
        {group.records.map((record) => (
          <RecordRow key={record.id} record={record} isCurrent={record.id === currentId} />
        ))}
      </div>
    </section>
  );
}
