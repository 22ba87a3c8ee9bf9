import './Today.css';
import { Money } from '@tael/ui/money/Money';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { HistogramOutline } from 'antd-mobile-icons';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '../../lib/preferences';
import { dayQuery } from '../../lib/queries';
import { totalsOf } from '../../lib/totals';

/** Today's bills in one line per currency, and the way to a longer view. */
export function Today() {
  const { t } = useTranslation();
  const { hidesSums } = usePreferences();
  const today = useQuery(dayQuery(new Date()));
  const hiddenAs = hidesSums ? t('home.hidden') : undefined;
  // With more than one page of records the sums would not be true.
  const totals = today.data && !today.data.next ? totalsOf(today.data.data) : [];
  return (
    <Link to="/spending" className="t-card today">
      <span className="today__icon" aria-hidden="true">
        <HistogramOutline />
      </span>
      <span className="today__text">
        <span className="today__title">{t('home.today')}</span>
        {totals.length === 0 && <span className="t-soft t-small">{t('home.today_none')}</span>}
        {totals.map(({ currency, out, income }) => (
          <span key={currency} className="t-soft t-small today__sums">
            <span>
              {t('records.out')} <Money amount={out} currency={currency} hiddenAs={hiddenAs} />
            </span>
            <span>
              {t('records.in')} <Money amount={income} currency={currency} hiddenAs={hiddenAs} />
            </span>
          </span>
        ))}
      </span>
      <span className="today__more">{t('home.spending')}</span>
    </Link>
  );
}
