import { Field } from '@tael/ui/field/Field';
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd-mobile';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FormError } from '../../lib/FormError';
import { PasswordField } from '../../lib/PasswordField';
import { useErrorText } from '../../lib/problems';
import { signIn, type Ticket } from './signIn';

type Props = { onDone: () => void; onTicket: (ticket: Ticket) => void };

export function SignInForm({ onDone, onTicket }: Props) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const [identifier, setIdentifier] = useState('');
  const [password, setPassword] = useState('');
  const open = useMutation({
    mutationFn: () => signIn(identifier.trim(), password),
    onSuccess: (ticket) => (ticket ? onTicket(ticket) : onDone()),
  });
  return (
    <form
      className="entrance__form"
      onSubmit={(event) => {
        event.preventDefault();
        open.mutate();
      }}
    >
      <Field
        label={t('sign_in.identifier')}
        name="username"
        autoComplete="username"
        autoCapitalize="off"
        spellCheck={false}
        required
        autoFocus
        value={identifier}
        onChange={(event) => setIdentifier(event.target.value)}
      />
      <PasswordField
        label={t('sign_in.password')}
        autoComplete="current-password"
        value={password}
        onChange={setPassword}
      />
      <FormError text={open.error && errorText(open.error)} />
      <Button
        block
        color="primary"
        size="large"
        type="submit"
        loading={open.isPending}
        disabled={identifier.trim() === '' || password === ''}
      >
        {t('sign_in.submit')}
      </Button>
    </form>
  );
}
