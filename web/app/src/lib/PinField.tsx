import { Field } from '@tael/ui/field/Field';

export const PIN_LENGTH = 6;

type Props = {
  label: string;
  value: string;
  onChange: (pin: string) => void;
  hint?: string;
  autoFocus?: boolean;
};

/** Six digits that nobody should see. */
export function PinField({ onChange, ...field }: Props) {
  return (
    <Field
      {...field}
      type="password"
      inputMode="numeric"
      autoComplete="off"
      className="pinfield"
      onChange={(event) => onChange(event.target.value.replace(/\D/g, '').slice(0, PIN_LENGTH))}
    />
  );
}
