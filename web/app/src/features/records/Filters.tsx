import { Segmented } from '@tael/ui/segmented/Segmented';
import { SearchOutline } from 'antd-mobile-icons';
import { useTranslation } from 'react-i18next';
import { boundsOf, lastMonths, moment } from '../../lib/moments';
import { usePreferences } from '../../lib/preferences';

/** How far back a month can be chosen. */
const MONTHS = 24;

export type Choice = {
  kind: 'all' | 'in' | 'out' | 'top_up';
  month: string;
  q: string;
};

export const EVERYTHING: Choice = { kind: 'all', month: '', q: '' };

type Props = { choice: Choice; onChange: (part: Partial<Choice>) => void };

/** Search, kind and month. */
export function Filters({ choice, onChange }: Props) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  return (
    <search className="filters">
      <div className="filters__line">
        <label className="filters__search">
          <SearchOutline aria-hidden="true" />
          <span className="t-hidden">{t('records.search')}</span>
          <input
            type="search"
            maxLength={100}
            placeholder={t('records.search')}
            value={choice.q}
            onChange={(event) => onChange({ q: event.target.value })}
          />
        </label>
        <label className="filters__month">
          <span className="t-hidden">{t('records.month')}</span>
          <select
            value={choice.month}
            onChange={(event) => onChange({ month: event.target.value })}
          >
            <option value="">{t('records.any_month')}</option>
            {lastMonths(MONTHS, new Date()).map((month) => (
              <option key={month} value={month}>
                {moment(boundsOf(month).from, language, 'month')}
              </option>
            ))}
          </select>
        </label>
      </div>
      <Segmented
        label={t('records.kind')}
        value={choice.kind}
        choices={[
          ['all', t('records.all')],
          ['out', t('records.out')],
          ['in', t('records.in')],
          ['top_up', t('record_type.top_up')],
        ]}
        onChange={(kind) => onChange({ kind })}
      />
    </search>
  );
}
