import { Money } from '@tael/ui/money/Money';
import { useTranslation } from 'react-i18next';
import type { Part } from './spending';

type Props = { title: string; parts: Part[]; currency: string; hiddenAs: string | undefined };

const SHOWN = 6;

/** What a sum is made of. */
export function Parts({ title, parts, currency, hiddenAs }: Props) {
  const { t } = useTranslation();
  return (
    <section className="t-card spending__part" aria-label={title}>
      <h2>{title}</h2>
      <ul className="t-stack">
        {parts.slice(0, SHOWN).map(({ name, amount, share }) => (
          <li key={name} className="spending__line">
            <span className="spending__name">{name}</span>
            <Money amount={amount} currency={currency} hiddenAs={hiddenAs} />
            <meter className="spending__bar" min={0} max={100} value={share} aria-label={name}>
              {t('spending.share', { percent: share })}
            </meter>
          </li>
        ))}
      </ul>
    </section>
  );
}
