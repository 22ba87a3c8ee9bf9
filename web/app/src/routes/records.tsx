import '../features/records/records.css';
import { Outlet, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type Choice, EVERYTHING, Filters } from '../features/records/Filters';
import { RecordList } from '../features/records/RecordList';
import { boundsOf } from '../lib/moments';
import { Page } from '../lib/Page';
import type { RecordFilter } from '../lib/queries';
import { tab } from '../lib/storage';
import { useDebounced } from '../lib/useDebounced';

const NAME = 'records-choice';

function filterOf({ kind, month, q }: Choice): RecordFilter {
  const filter: RecordFilter = {};
  if (kind === 'in' || kind === 'out') filter.direction = kind;
  if (kind === 'top_up') filter.type = kind;
  if (q.trim() !== '') filter.q = q.trim();
  return month === '' ? filter : { ...filter, ...boundsOf(month) };
}

/** The list, and beside it (on a narrow screen: over it) one record. */
export function Records() {
  const { t } = useTranslation();
  const { id } = useParams({ strict: false });
  const [choice, setChoice] = useState<Choice>(() => tab.read<Choice>(NAME) ?? EVERYTHING);
  const change = (part: Partial<Choice>) => {
    const after = { ...choice, ...part };
    tab.keep(NAME, after);
    setChoice(after);
  };
  const q = useDebounced(choice.q);
  const filter = filterOf({ ...choice, q });
  return (
    <div className={`records${id ? ' records--open' : ''}`}>
      <div className="records__list">
        <Page title={t('nav.records')}>
          <Filters choice={choice} onChange={change} />
          <RecordList filter={filter} isFiltered={Object.keys(filter).length > 0} currentId={id} />
        </Page>
      </div>
      <div className="records__detail">
        <Outlet />
      </div>
    </div>
  );
}
