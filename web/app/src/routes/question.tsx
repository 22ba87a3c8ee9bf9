import './cards.css';
import '../features/records/records.css';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { Steps } from '../features/question/Steps';
import { Proof } from '../features/records/Proof';
import { Loaded } from '../lib/Loaded';
import { Page } from '../lib/Page';
import { recordQuery } from '../lib/queries';
import { RecordRow } from '../lib/RecordRow';

const route = getRouteApi('/wallet/question/$id');

/** 对此交易有疑问: look again, then stop, change, keep the evidence. */
export function Question() {
  const { t } = useTranslation();
  const { id } = route.useParams();
  const record = useQuery(recordQuery(id));
  return (
    <Page title={t('question.title')} back="/records">
      <p className="t-soft">{t('question.text')}</p>
      <Loaded query={record} lines={2}>
        {(found) => (
          <div className="t-card t-rows">
            <RecordRow record={found} />
          </div>
        )}
      </Loaded>
      <Steps id={id} />
      {record.data?.type === 'transfer' && <Proof id={id} />}
    </Page>
  );
}
