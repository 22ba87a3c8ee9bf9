import { postV1RegistrationsByIdComplete } from '@tael/api/generated/sdk.gen';
import { Field } from '@tael/ui/field/Field';
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd-mobile';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask, codeOf, Refusal } from '../../lib/api';
import { FormError } from '../../lib/FormError';
import { PasswordField } from '../../lib/PasswordField';
import { useErrorText } from '../../lib/problems';
import type { Draft } from './draft';
import { brokenRules, isRule, type Rule } from './rules';

type Props = {
  draft: Draft;
  registration: NonNullable<Draft['registration']>;
  change: (part: Partial<Draft>) => void;
  onDone: () => void;
};

const SHOWN: Rule[] = ['length', 'letter', 'digit', 'symbol'];

const judged = (error: unknown): Rule[] =>
  error instanceof Refusal && error.problem.code === 'password_too_weak'
    ? (error.problem.errors ?? []).map((one) => one.detail).filter(isRule)
    : [];

/** A name and a password, with the rules as they are met. */
export function PasswordStep({ draft, registration, change, onDone }: Props) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const [password, setPassword] = useState('');
  const complete = useMutation({
    mutationFn: () =>
      ask(
        postV1RegistrationsByIdComplete({
          path: { id: registration.id },
          body: { name: draft.name.trim(), password },
        }),
      ),
    onSuccess: onDone,
  });
  const broken = brokenRules(password);
  // What the server said holds for the password that it saw, until it is changed.
  const refused = judged(complete.error);
  const rules = [...SHOWN, ...refused.filter((rule) => !SHOWN.includes(rule))];
  const stateOf = (rule: Rule) => {
    if (refused.includes(rule)) return 'broken';
    return password !== '' && !broken.includes(rule) ? 'kept' : 'open';
  };
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
      <ul className="rules" aria-label={t('sign_up.rules')}>
        {rules.map((rule) => (
          <li key={rule} className={`rules__rule rules__rule--${stateOf(rule)}`}>
            <span aria-hidden="true">{{ kept: '✓', broken: '✗', open: '○' }[stateOf(rule)]}</span>
            <span>{t(`password_rule.${rule}`)}</span>
            {stateOf(rule) === 'kept' && <span className="t-hidden">{t('sign_up.rule_kept')}</span>}
          </li>
        ))}
        <li className="t-soft">{t('sign_up.passphrase')}</li>
      </ul>
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
        disabled={draft.name.trim() === '' || broken.length > 0 || refused.length > 0}
      >
        {t('sign_up.finish')}
      </Button>
    </form>
  );
}
