import './limits.css';
import type { LimitWindow } from '@tael/api/generated/types.gen';
import { moneyText } from '@tael/ui/money/format';
import { Money } from '@tael/ui/money/Money';
import { useTranslation } from 'react-i18next';
import { moment } from '../../lib/moments';
import { usePreferences } from '../../lib/preferences';

type Name = 'payment' | 'day' | 'month' | 'year' | 'lifetime' | 'count_per_day';

/** How much of each limit is used, as words and as a bar. */
export function WindowList({ windows }: { windows: LimitWindow[] }) {
  const { t } = useTranslation();
  return (
    <ul className="t-rows">
      {windows.map((one) => (
        <li key={one.window} className="limits__window">
          <p className="limits__line">
            <span>{t(`limits.${one.window as Name}`)}</span>
            <strong>
              <Money {...one.max} />
            </strong>
          </p>
          {one.window !== 'payment' && <Used window={one} />}
          <Own window={one} />
        </li>
      ))}
    </ul>
  );
}

function Used({ window: one }: { window: LimitWindow }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const text = (money: LimitWindow['max']) => moneyText(money.amount, money.currency, language);
  const used = t('limits.used', { used: text(one.used), max: text(one.max) });
  // A share of the bar, not a sum: a double is enough for it.
  const share = Number(one.used.amount) / Math.max(Number(one.max.amount), 1);
  return (
    <>
      <meter className="limits__bar" aria-label={used} min={0} max={1} value={share} />
      <p className="t-soft t-small">
        {used}
        {one.resets_at &&
          ` · ${t('limits.resets', { when: moment(one.resets_at, language, 'short') })}`}
      </p>
    </>
  );
}

function Own({ window: { own_max: own } }: { window: LimitWindow }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  if (!own) return null;
  const max = moneyText(own.amount, own.currency, language);
  return <p className="t-small good">{t('limits.own', { max })}</p>;
}
