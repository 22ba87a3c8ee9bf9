import { Field } from '@tael/ui/field/Field';
import { EyeInvisibleOutline, EyeOutline } from 'antd-mobile-icons';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

type Props = {
  label: string;
  value: string;
  onChange: (typed: string) => void;
  autoComplete: 'current-password' | 'new-password';
  error?: string | undefined;
  autoFocus?: boolean;
};

/** A password with an eye. */
export function PasswordField({ onChange, ...field }: Props) {
  const { t } = useTranslation();
  const [isShown, setShown] = useState(false);
  const Eye = isShown ? EyeOutline : EyeInvisibleOutline;
  return (
    <Field
      {...field}
      type={isShown ? 'text' : 'password'}
      name="password"
      autoCapitalize="off"
      spellCheck={false}
      required
      onChange={(event) => onChange(event.target.value)}
      action={
        <button
          type="button"
          className="t-plain"
          aria-label={t(isShown ? 'common.hide_password' : 'common.show_password')}
          onClick={() => setShown(!isShown)}
        >
          <Eye fontSize={22} />
        </button>
      }
    />
  );
}
