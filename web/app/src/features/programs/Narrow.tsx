import { useId } from 'react';
import { useTranslation } from 'react-i18next';

type Narrowed = { payees: string; ips: string };
type Props = { pays: boolean; narrow: Narrowed; onChange: (narrow: Narrowed) => void };

/** Whom a program may pay, and from where it may be used. */
export function Narrow({ pays, narrow, onChange }: Props) {
  const { t } = useTranslation();
  const id = useId();
  const names = pays ? (['payees', 'ips'] as const) : (['ips'] as const);
  return (
    <details className="t-card narrow">
      <summary className="narrow__title">{t('programs.narrow')}</summary>
      <div className="card__form">
        {names.map((name) => (
          <div key={name} className="contact__choice">
            <label htmlFor={`${id}${name}`}>{t(`programs.${name}`)}</label>
            <textarea
              id={`${id}${name}`}
              className="narrow__lines"
              rows={3}
              spellCheck={false}
              autoCapitalize="off"
              aria-describedby={`${id}${name}-hint`}
              value={narrow[name]}
              onChange={(event) => onChange({ ...narrow, [name]: event.target.value })}
            />
            <p id={`${id}${name}-hint`} className="t-soft t-small">
              {t(`programs.${name}_hint`)}
            </p>
          </div>
        ))}
      </div>
    </details>
  );
}
