import { postV1RecoveriesByIdReset, postV1RecoveriesByIdSignIn } from '@tael/api/generated/sdk.gen';
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd-mobile';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask, Refusal } from '../../lib/api';
import { FormError } from '../../lib/FormError';
import { PasswordField } from '../../lib/PasswordField';
import { isRule, PasswordRules } from '../../lib/PasswordRules';
import { useErrorText } from '../../lib/problems';
import type { StepProps } from './recovery';

type Props = StepProps & { id: string; onSignedIn: () => void };

const SHOWN = ['length', 'letter', 'digit', 'symbol'] as const;

/** The two exits: a new password, or in without one, for looking and mending. */
export function ChooseStep({ change, id, onSignedIn }: Props) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const [password, setPassword] = useState('');
  const path = { id };
  const reset = useMutation({
    mutationFn: () => ask(postV1RecoveriesByIdReset({ path, body: { password } })),
    onSuccess: ({ hold_until }) => change({ step: 'done', holdUntil: hold_until }),
  });
  const enter = useMutation({
    mutationFn: () => ask(postV1RecoveriesByIdSignIn({ path })),
    onSuccess: onSignedIn,
  });
  const refused =
    reset.error instanceof Refusal
      ? (reset.error.problem.errors ?? []).map((one) => one.detail).filter(isRule)
      : [];
  const rules = [...SHOWN, ...refused.filter((rule) => !SHOWN.includes(rule as 'length'))];
  const error = reset.error ?? enter.error;
  return (
    <form
      className="entrance__form"
      onSubmit={(event) => {
        event.preventDefault();
        reset.mutate();
      }}
    >
      <p className="t-soft">{t('recover.choose')}</p>
      <PasswordField
        label={t('password.next')}
        autoComplete="new-password"
        autoFocus
        value={password}
        onChange={(typed) => {
          setPassword(typed);
          if (reset.isError) reset.reset();
        }}
      />
      <PasswordRules rules={rules} failed={refused} passed={[]} />
      <FormError text={error && errorText(error)} />
      <Button
        block
        color="primary"
        size="large"
        type="submit"
        loading={reset.isPending}
        disabled={password === ''}
      >
        {t('recover.reset')}
      </Button>
      <Button block size="large" loading={enter.isPending} onClick={() => enter.mutate()}>
        {t('recover.enter')}
      </Button>
      <p className="t-soft t-small">{t('recover.enter_text')}</p>
    </form>
  );
}
