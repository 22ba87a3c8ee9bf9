import { postV1Password, postV1PasswordCheck } from '@tael/api/generated/sdk.gen';
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd-mobile';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '../../lib/api';
import { FormError } from '../../lib/FormError';
import { PasswordField } from '../../lib/PasswordField';
import { PasswordRules } from '../../lib/PasswordRules';
import { useErrorText } from '../../lib/problems';
import { proven } from '../../lib/proof/step-up';
import { useJudged } from '../../lib/useJudged';

/** The present password and the next one. */
export function ChangeForm({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const [current, setCurrent] = useState('');
  const [password, setPassword] = useState('');
  const judged = useJudged(password, (typed) =>
    ask(postV1PasswordCheck({ body: { password: typed } })),
  );
  const change = useMutation({
    mutationFn: () =>
      proven(() => ask(postV1Password({ body: { current_password: current, password } }))),
    onSuccess: onDone,
  });
  return (
    <form
      className="t-card card__form"
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate();
      }}
    >
      <PasswordField
        label={t('password.current')}
        autoComplete="current-password"
        value={current}
        onChange={setCurrent}
      />
      <PasswordField
        label={t('password.next')}
        autoComplete="new-password"
        value={password}
        onChange={setPassword}
      />
      <PasswordRules rules={judged.rules} failed={judged.failed} passed={judged.passed} />
      <p className="t-soft t-small">{t('password.ends_others')}</p>
      <FormError text={change.error && errorText(change.error)} />
      <Button
        block
        color="primary"
        size="large"
        type="submit"
        loading={change.isPending}
        disabled={current === '' || password === '' || judged.failed.length > 0}
      >
        {t('password.change')}
      </Button>
    </form>
  );
}
