import { Field } from '@tael/ui/field/Field';
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd-mobile';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FormError } from './FormError';
import { useErrorText } from './problems';

const LONGEST = 64;

type Props = {
  name: string;
  send: (name: string) => Promise<unknown>;
  onDone: () => unknown;
};

/** A name of one's own for a thing. */
export function NameForm({ name, send, onDone }: Props) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const [typed, setTyped] = useState(name);
  const save = useMutation({ mutationFn: () => send(typed.trim()), onSuccess: onDone });
  return (
    <form
      className="t-stack"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <Field
        label={t('common.name')}
        autoComplete="off"
        maxLength={LONGEST}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <FormError text={save.error && errorText(save.error)} />
      <Button
        block
        color="primary"
        size="large"
        type="submit"
        loading={save.isPending}
        disabled={typed.trim() === ''}
      >
        {t('common.save')}
      </Button>
    </form>
  );
}
