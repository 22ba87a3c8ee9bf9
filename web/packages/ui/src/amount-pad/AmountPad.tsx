import './AmountPad.css';
import { useId } from 'react';
import { useLocale } from '../locale';
import { acceptAmount, exponentOf, moneyParts } from '../money/format';

type Props = {
  label: string;
  value: string;
  currency: string;
  onChange: (typed: string) => void;
  error?: string | undefined;
  deleteLabel: string;
};

const touches = () => typeof matchMedia === 'function' && matchMedia('(pointer: coarse)').matches;

/** A sum of money: typed on a keyboard, or on keys of its own under a thumb. */
export function AmountPad({ label, value, currency, onChange, error, deleteLabel }: Props) {
  const id = useId();
  const locale = useLocale();
  const sign = moneyParts(0, currency, locale).find((part) => part.type === 'currency')?.value;
  const accept = (typed: string) => onChange(acceptAmount(value, typed, currency));
  const point = exponentOf(currency) > 0 ? '.' : '';
  const keys = ['1', '2', '3', '4', '5', '6', '7', '8', '9', point, '0'];
  return (
    <div className="t-amount">
      <label className="t-soft" htmlFor={id}>
        {label}
      </label>
      <div className="t-amount__line">
        <span className="t-amount__sign" aria-hidden="true">
          {sign}
        </span>
        <input
          id={id}
          className={`t-amount__input${value.length > 11 ? ' t-amount__input--long' : ''}`}
          inputMode={touches() ? 'none' : 'decimal'}
          autoComplete="off"
          enterKeyHint="next"
          placeholder="0"
          value={value}
          aria-invalid={error !== undefined}
          aria-describedby={`${id}-error`}
          onChange={(event) => accept(event.target.value)}
        />
      </div>
      <p id={`${id}-error`} className="t-amount__error" role="alert">
        {error}
      </p>
      <div className="t-pad">
        {keys.map((key) => (
          <button
            key={key || 'none'}
            type="button"
            className="t-pad__key"
            disabled={key === ''}
            onClick={() => accept(value + key)}
          >
            {key}
          </button>
        ))}
        <button
          type="button"
          className="t-pad__key"
          aria-label={deleteLabel}
          onClick={() => onChange(value.slice(0, -1))}
        >
          ⌫
        </button>
      </div>
    </div>
  );
}
