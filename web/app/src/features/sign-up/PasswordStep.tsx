import {
  postV1RegistrationsByIdComplete,
  postV1RegistrationsByIdPasswordCheck,
} from '@tael/api/generated/sdk.gen';
import { Field } from '@tael/ui/field/Field';
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd-mobile';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask, codeOf, Refusal } from '../../lib/api';
import { FormError } from '../../lib/FormError';
import { PasswordField } from '../../lib/PasswordField';
import { isRule, PasswordRules } from '../../lib/PasswordRules';
import { useErrorText } from '../../lib/problems';
import { useJudged } from '../../lib/useJudged';
import type { Draft } from './draft';

type Props = {
  draft: Draft;
  registration: NonNullable<Draft['registration']>;
  change: (part: Partial<Draft>) => void;
  onDone: () => void;
};

const judgedBy = (error: unknown): string[] =>
  error instanceof Refusal && error.problem.code === 'password_too_weak'
    ? (error.problem.errors ?? []).map((one) => one.detail)
    : [];

/** A name and a password, with the rules as they are met. */
export function PasswordStep({ draft, registration, change, onDone }: Props) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const [password, setPassword] = useState('');
  const name = draft.name.trim();
  const complete = useMutation({
    mutationFn: () =>
      ask(
        postV1RegistrationsByIdComplete({
          path: { id: registration.id },
          body: { name, password },
        }),
      ),
    onSuccess: onDone,
  });
  const judged = useJudged(
    password,
    (typed) =>
      ask(
        postV1RegistrationsByIdPasswordCheck({
          path: { id: registration.id },
          body: { password: typed, ...(name ? { name } : {}) },
        }),
      ),
    complete.isPending || complete.isSuccess,
  );
  // What was said as it was refused holds until the password is changed.
  const failed = [...new Set([...judged.failed, ...judgedBy(complete.error)])];
  const rules = [...new Set([...judged.rules, ...failed.filter(isRule)])];
  const isOver = ['registration_expired', 'registration_closed', 'not_found'].includes(
    codeOf(complete.error) ?? '',
  );
  return (
    <form
      className="entrance__form"
      onSubmit={(event) => {
        event.preventDefault();
        complete.mutate();
      }}
    >
      <Field
        label={t('sign_up.name')}
        hint={t('sign_up.name_hint')}
        autoComplete="name"
        maxLength={64}
        required
        autoFocus
        value={draft.name}
        onChange={(event) => change({ name: event.target.value })}
      />
      <PasswordField
        label={t('sign_in.password')}
        autoComplete="new-password"
        value={password}
        onChange={(typed) => {
          setPassword(typed);
          if (complete.isError) complete.reset();
        }}
      />
      <PasswordRules rules={rules} failed={failed} passed={judged.passed} />
      <p className="t-soft t-small">{t('sign_up.passphrase')}</p>
      <FormError text={complete.error && errorText(complete.error)} />
      {isOver && (
        <Button block onClick={() => change({ step: 'contact', registration: undefined })}>
          {t('sign_up.again')}
        </Button>
      )}
      <Button
        block
        color="primary"
        size="large"
        type="submit"
        loading={complete.isPending}
        disabled={name === '' || password === '' || failed.length > 0}
      >
        {t('sign_up.finish')}
      </Button>
    </form>
  );
}
