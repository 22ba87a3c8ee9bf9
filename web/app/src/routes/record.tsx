import { Bones, Failed } from '@tael/ui/states/states';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { RecordDetail } from '../features/records/RecordDetail';
import { Page } from '../lib/Page';
import { useErrorText } from '../lib/problems';
import { queries, recentQuery, recordQuery } from '../lib/queries';

const route = getRouteApi('/wallet/records/$id');

export function Record() {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const { id } = route.useParams();
  const record = useQuery({
    ...recordQuery(id),
    // A record never changes once it is written, so one from a list is as good.
    initialData: () =>
      queries.getQueryData(recentQuery.queryKey)?.data.find((known) => known.id === id),
  });
  return (
    <Page title={t('records.detail')} back="/records">
      {record.isPending && <Bones label={t('common.loading')} lines={6} />}
      {record.isError && !record.data && (
        <Failed
          title={errorText(record.error)}
          retryLabel={t('common.retry')}
          onRetry={() => void record.refetch()}
        />
      )}
      {record.data && <RecordDetail record={record.data} />}
    </Page>
  );
}

/** What stands beside the list on a wide screen before a record is chosen. */
export function NewestRecord() {
  const { t } = useTranslation();
  const recent = useQuery(recentQuery);
  const newest = recent.data?.data[0];
  if (!newest) return null;
  return (
    <section className="page" aria-labelledby="newest">
      <h2 id="newest" className="records__newest">
        {t('records.newest')}
      </h2>
      <RecordDetail record={newest} />
    </section>
  );
}
