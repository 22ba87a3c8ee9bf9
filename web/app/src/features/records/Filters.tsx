import { Segmented } from '@tael/ui/segmented/Segmented';
import { SearchOutline } from 'antd-mobile-icons';
import { useTranslation } from 'react-i18next';

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
          <input
            type="month"
            value={choice.month}
            onChange={(event) => onChange({ month: event.target.value })}
          />
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
