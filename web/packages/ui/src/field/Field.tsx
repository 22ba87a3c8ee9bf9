import './Field.css';
import { type ComponentPropsWithRef, type ReactNode, useId } from 'react';

type Props = ComponentPropsWithRef<'input'> & {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  /** A button at the end of the line. */
  action?: ReactNode;
};

/** A labelled line of input with its hint and its error. */
export function Field({ label, hint, error, action, className, ...input }: Props) {
  const id = useId();
  const note = error ?? hint;
  return (
    <div className="t-field">
      <label className="t-field__label" htmlFor={id}>
        {label}
      </label>
      <div className={`t-field__box${error ? ' t-field__box--wrong' : ''}`}>
        <input
          id={id}
          aria-invalid={error !== undefined}
          aria-describedby={note ? `${id}-note` : undefined}
          className={`t-field__input ${className ?? ''}`}
          {...input}
        />
        {action}
      </div>
      {note && (
        <p
          id={`${id}-note`}
          className={`t-field__note${error ? ' t-field__note--wrong' : ''}`}
          role={error ? 'alert' : undefined}
        >
          {note}
        </p>
      )}
    </div>
  );
}
