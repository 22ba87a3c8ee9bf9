import {
  postV1RegistrationsByIdResend,
  postV1RegistrationsByIdVerify,
} from '@tael/api/generated/sdk.gen';
import { Field } from '@tael/ui/field/Field';
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd-mobile';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '../../lib/api';
import { useCountdown } from '../../lib/countdown';
import { FormError } from '../../lib/FormError';
import { useErrorText } from '../../lib/problems';
import type { Draft } from './draft';

type Props = {
  draft: Draft;
  registration: NonNullable<Draft['registration']>;
  change: (part: Partial<Draft>) => void;
};

const LENGTH = 6;

/** The code that was sent; another one after a while; back to mend the contact. */
export function CodeStep({ draft, registration, change }: Props) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const [code, setCode] = useState('');
  const left = useCountdown(registration.resendAt);
  const path = { id: registration.id };
  const verify = useMutation({
    mutationFn: (typed: string) =>
      ask(postV1RegistrationsByIdVerify({ path, body: { code: typed } })),
    onSuccess: () => change({ step: 'password' }),
    onError: () => setCode(''),
  });
  const resend = useMutation({
    mutationFn: () => ask(postV1RegistrationsByIdResend({ path })),
    onSuccess: ({ id, resend_at }) => change({ registration: { id, resendAt: resend_at } }),
  });
  const type = (typed: string) => {
    const digits = typed.replace(/\D/g, '').slice(0, LENGTH);
    setCode(digits);
    if (digits.length === LENGTH && !verify.isPending) verify.mutate(digits);
  };
  const error = verify.error ?? resend.error;
  return (
    <form
      className="entrance__form"
      onSubmit={(event) => {
        event.preventDefault();
        verify.mutate(code);
      }}
    >
      <p className="t-soft">{t('sign_up.code_sent', { contact: draft.contact })}</p>
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
        <button
          type="button"
          className="t-plain"
          disabled={left > 0 || resend.isPending}
          onClick={() => resend.mutate()}
        >
          {left > 0 ? t('sign_up.resend_in', { count: left }) : t('sign_up.resend')}
        </button>
        <button type="button" className="t-plain" onClick={() => change({ step: 'contact' })}>
          {t('sign_up.other_contact')}
        </button>
      </div>
    </form>
  );
}
