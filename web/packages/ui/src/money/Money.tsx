import './Money.css';
import { useLocale } from '../locale';
import { type Minor, moneyParts, type Sign } from './format';

type Props = {
  amount: Minor;
  currency: string;
  sign?: Sign;
  /** `hero` for the one sum that a screen is about. */
  size?: 'text' | 'hero';
  tone?: 'plain' | 'in';
  /** What to say in place of a sum that must not be seen. */
  hiddenAs?: string | undefined;
};

/** The only printer of sums. */
export function Money(props: Props) {
  const { amount, currency, sign = 'auto', size = 'text', tone = 'plain', hiddenAs } = props;
  const parts = moneyParts(amount, currency, useLocale(), sign);
  const length = parts.reduce((sum, part) => sum + part.value.length, 0);
  const names = ['t-money', `t-money--${size}`, `t-money--${tone}`];
  if (length > 20) names.push('t-money--longer');
  else if (length > 13) names.push('t-money--long');
  if (hiddenAs !== undefined) {
    return (
      <span className={names.join(' ')}>
        <span aria-hidden="true">••••••</span>
        <span className="t-hidden">{hiddenAs}</span>
      </span>
    );
  }
  return (
    <span className={names.join(' ')}>
      {parts.map((part, index) => (
        <span
          // biome-ignore lint/suspicious/noArrayIndexKey: the parts of a number are only their order
          key={index}
          className={part.type === 'currency' ? 't-money__sign' : undefined}
        >
          {part.value}
        </span>
      ))}
    </span>
  );
}
