import { Bones, Empty, Failed } from '@tael/ui/states/states';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { BillOutline } from 'antd-mobile-icons';
import { useTranslation } from 'react-i18next';
import { useErrorText } from '../../lib/problems';
import { recentQuery } from '../../lib/queries';
import { RecordRow } from '../../lib/RecordRow';

const SHOWN = 6;

/** The newest records; new ones appear by themselves. */
export function Recent() {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const recent = useQuery(recentQuery);
  const records = recent.data?.data.slice(0, SHOWN);
  return (
    <section className="t-card" aria-labelledby="recent">
      <div className="recent__head">
        <h2 id="recent">{t('home.recent')}</h2>
        <Link to="/records" className="recent__all">
          {t('home.all')}
        </Link>
      </div>
      {recent.isPending && <Bones label={t('common.loading')} lines={5} />}
      {recent.isError && !records && (
        <Failed
          title={errorText(recent.error)}
          retryLabel={t('common.retry')}
          onRetry={() => void recent.refetch()}
        />
      )}
      {records?.length === 0 && (
        <Empty icon={<BillOutline />} title={t('records.none')}>
          <Link to="/top-up">{t('home.first_top_up')}</Link>
        </Empty>
      )}
      {records && records.length > 0 && (
        <div className="t-rows" role="log" aria-label={t('home.recent')}>
          {records.map((record) => (
            <RecordRow key={record.id} record={record} />
          ))}
        </div>
      )}
    </section>
  );
}
