import '../features/records/records.css';
import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Choice, EVERYTHING, Filters } from '../features/records/Filters';
import { RecordDetail } from '../features/records/RecordDetail';
import { RecordList } from '../features/records/RecordList';
import { boundsOf } from '../lib/moments';
import { Page } from '../lib/Page';
import { type RecordFilter, recentQuery } from '../lib/queries';
import { tab } from '../lib/storage';

const NAME = 'records-choice';

function filterOf({ kind, month, q }: Choice): RecordFilter {
  const filter: RecordFilter = {};
  if (kind === 'in' || kind === 'out') filter.direction = kind;
  if (kind === 'top_up') filter.type = kind;
  if (q.trim() !== '') filter.q = q.trim();
  return month === '' ? filter : { ...filter, ...boundsOf(month) };
}

export function Records() {
  const { t } = useTranslation();
  const [choice, setChoice] = useState<Choice>(() => tab.read<Choice>(NAME) ?? EVERYTHING);
  const change = (part: Partial<Choice>) => {
    const after = { ...choice, ...part };
    tab.keep(NAME, after);
    setChoice(after);
  };
  const settled = useDeferredValue(choice);
  const filter = filterOf(settled);
  const recent = useQuery(recentQuery);
  const newest = recent.data?.data[0];
  return (
    <Page title={t('nav.records')} width="wide">
      <div className="records">
        <div className="records__list">
          <Filters choice={choice} onChange={change} />
          <RecordList filter={filter} isFiltered={Object.keys(filter).length > 0} />
        </div>
        {/* On a wide screen the second column shows the newest; a tap opens any other. */}
        <div className="records__detail">{newest && <RecordDetail record={newest} />}</div>
      </div>
    </Page>
  );
}
