import { Field } from '@tael/ui/field/Field';
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd-mobile';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCountdown } from './countdown';
import { FormError } from './FormError';
import { useErrorText } from './problems';

type Props = {
  text: ReactNode;
  resendAt: string;
  send: (code: string) => Promise<unknown>;
  resend?: () => Promise<unknown>;
  aside?: ReactNode;
};

const LENGTH = 6;

/** The code that was sent; another one after a while. Goes on by itself at the last digit. */
export function CodeForm({ text, resendAt, send, resend, aside }: Props) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const [code, setCode] = useState('');
  const left = useCountdown(resendAt);
  const verify = useMutation({ mutationFn: send, onError: () => setCode('') });
  const again = useMutation({ mutationFn: async () => resend?.() });
  const type = (typed: string) => {
    const digits = typed.replace(/\D/g, '').slice(0, LENGTH);
    setCode(digits);
    if (digits.length === LENGTH && !verify.isPending) verify.mutate(digits);
  };
  const error = verify.error ?? again.error;
  return (
    <form
      className="entrance__form"
      onSubmit={(event) => {
        event.preventDefault();
        verify.mutate(code);
      }}
    >
      <p className="t-soft">{text}</p>
      <Field
        label={t('sign_up.code')}
        inputMode="numeric"
        autoComplete="one-time-code"
        autoFocus
        value={code}
        onChange={(event) => type(event.target.value)}
      />
      <FormError text={error && errorText(error)} />
      <Button
        block
        color="primary"
        size="large"
        type="submit"
        loading={verify.isPending}
        disabled={code.length < LENGTH}
      >
        {t('common.next')}
      </Button>
      <div className="entrance__bar">
        {resend && (
          <button
            type="button"
            className="t-plain"
            disabled={left > 0 || again.isPending}
            onClick={() => again.mutate()}
          >
            {left > 0 ? t('sign_up.resend_in', { count: left }) : t('sign_up.resend')}
          </button>
        )}
        {aside}
      </div>
    </form>
  );
}
