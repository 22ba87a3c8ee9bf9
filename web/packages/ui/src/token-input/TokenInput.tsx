import './TokenInput.css';
import { type ChangeEvent, useLayoutEffect, useRef } from 'react';
import { Field } from '../field/Field';
import { caretAfter, grouped, tokenOf } from './groups';

type Props = {
  label: string;
  value: string;
  onChange: (token: string) => void;
  hint?: string | undefined;
  error?: string | undefined;
  autoFocus?: boolean;
};

/** A Token in groups of four; takes it with or without hyphens, also pasted. */
export function TokenInput({ label, value, onChange, hint, error, autoFocus = false }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const caret = useRef<number | null>(null);
  const accept = (event: ChangeEvent<HTMLInputElement>) => {
    const { value: typed, selectionStart } = event.target;
    const before = typed.slice(0, selectionStart ?? typed.length);
    caret.current = caretAfter(tokenOf(before).length);
    onChange(tokenOf(typed));
  };
  useLayoutEffect(() => {
    const at = caret.current;
    caret.current = null;
    if (at !== null && document.activeElement === input.current) {
      input.current?.setSelectionRange(at, at);
    }
  });
  return (
    <Field
      ref={input}
      label={label}
      hint={hint}
      error={error}
      className="t-token"
      value={grouped(value)}
      onChange={accept}
      autoFocus={autoFocus}
      autoComplete="off"
      autoCapitalize="characters"
      autoCorrect="off"
      spellCheck={false}
      placeholder="XXXX-XXXX-XXXX-XXXX"
    />
  );
}
