import '../features/spending/spending.css';
import { Segmented } from '@tael/ui/segmented/Segmented';
import { Bones, Failed } from '@tael/ui/states/states';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { MonthView } from '../features/spending/MonthView';
import { boundsOf, lastMonths, moment } from '../lib/moments';
import { Page } from '../lib/Page';
import { usePreferences } from '../lib/preferences';
import { useErrorText } from '../lib/problems';
import { historyQuery, MOST_RECORDS, walletQuery } from '../lib/queries';

const MONTHS = 6;

/** 收支分析: where the money went. */
export function Spending() {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const { language } = usePreferences();
  const months = useMemo(() => lastMonths(MONTHS + 1, new Date()), []);
  const shown = useMemo(() => months.slice(0, MONTHS), [months]);
  const wallet = useQuery(walletQuery);
  const history = useQuery(historyQuery(boundsOf(months.at(-1) ?? '').from));
  const currencies = wallet.data?.accounts.map((account) => account.currency) ?? [];
  const [chosen, setChosen] = useState<string | null>(null);
  const [month, setMonth] = useState(months[0] ?? '');
  const currency = chosen ?? currencies[0];
  return (
    <Page title={t('spending.title')} back="/">
      <div className="spending__choice">
        <label>
          <span className="t-hidden">{t('records.month')}</span>
          <select value={month} onChange={(event) => setMonth(event.target.value)}>
            {shown.map((one) => (
              <option key={one} value={one}>
                {moment(boundsOf(one).from, language, 'month')}
              </option>
            ))}
          </select>
        </label>
        {currencies.length > 1 && currency && (
          <Segmented
            label={t('common.currency')}
            value={currency}
            choices={currencies.map((one) => [one, one])}
            onChange={setChosen}
          />
        )}
      </div>
      {history.isPending && <Bones label={t('common.loading')} lines={8} />}
      {history.isError && !history.data && (
        <Failed
          title={errorText(history.error)}
          retryLabel={t('common.retry')}
          onRetry={() => void history.refetch()}
        />
      )}
      {history.data && currency && (
        <MonthView
          records={history.data.records}
          currency={currency}
          months={shown}
          month={month}
          before={months[months.indexOf(month) + 1] ?? ''}
        />
      )}
      {history.data?.isCut && (
        <p className="t-soft t-small">{t('spending.cut', { count: MOST_RECORDS })}</p>
      )}
    </Page>
  );
}
