import { Field } from '@tael/ui/field/Field';
import { acceptAmount } from '@tael/ui/money/format';
import { useTranslation } from 'react-i18next';
import { SUMS, type TypedCaps } from './programs';

type Props = { caps: TypedCaps; onChange: (caps: TypedCaps) => void };

/** The most that a program may send, in each window. */
export function CapsFields({ caps, onChange }: Props) {
  const { t } = useTranslation();
  return (
    <>
      {SUMS.map((name) => (
        <Field
          key={name}
          label={`${t(`programs.${name}`)} (${caps.currency})`}
          inputMode="decimal"
          autoComplete="off"
          value={caps[name]}
          onChange={(event) =>
            onChange({
              ...caps,
              [name]: acceptAmount(caps[name], event.target.value, caps.currency),
            })
          }
        />
      ))}
      <Field
        label={t('programs.count_per_day')}
        inputMode="numeric"
        autoComplete="off"
        value={caps.count_per_day}
        onChange={(event) =>
          onChange({ ...caps, count_per_day: event.target.value.replace(/\D/g, '').slice(0, 6) })
        }
      />
    </>
  );
}
