import './Segmented.css';
import { useId } from 'react';

type Props<T extends string> = {
  label: string;
  value: T;
  choices: readonly (readonly [T, string])[];
  onChange: (value: T) => void;
};

/** One of a few; radio buttons to a keyboard and a screen reader. */
export function Segmented<T extends string>({ label, value, choices, onChange }: Props<T>) {
  const name = useId();
  return (
    <fieldset className="t-segmented">
      <legend className="t-hidden">{label}</legend>
      {choices.map(([choice, text]) => (
        <label key={choice} className="t-segmented__choice">
          <input
            type="radio"
            className="t-hidden"
            name={name}
            checked={choice === value}
            onChange={() => onChange(choice)}
          />
          {text}
        </label>
      ))}
    </fieldset>
  );
}
