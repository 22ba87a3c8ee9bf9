import { postV1FreezeRequests, postV1FreezeRequestsByIdConfirm } from '@tael/api/generated/sdk.gen';
import { Field } from '@tael/ui/field/Field';
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd-mobile';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '../../lib/api';
import { CodeForm } from '../../lib/CodeForm';
import { FormError } from '../../lib/FormError';
import { useErrorText } from '../../lib/problems';

/** Stops a wallet with a code to its contacts: for whoever cannot sign in just now. */
export function WithoutSignIn({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const [typed, setTyped] = useState('');
  const identifier = typed.trim();
  const begin = useMutation({
    mutationFn: () => ask(postV1FreezeRequests({ body: { identifier } })),
  });
  if (begin.data) {
    const { id } = begin.data;
    return (
      <CodeForm
        text={t('freeze.open_code', { contact: identifier })}
        resendAt={new Date(0).toISOString()}
        send={async (code) => {
          await ask(postV1FreezeRequestsByIdConfirm({ path: { id }, body: { code } }));
          onDone();
        }}
        aside={
          <button type="button" className="t-plain" onClick={() => begin.reset()}>
            {t('common.back')}
          </button>
        }
      />
    );
  }
  return (
    <form
      className="entrance__form"
      onSubmit={(event) => {
        event.preventDefault();
        begin.mutate();
      }}
    >
      <p className="t-soft">{t('freeze.open_text')}</p>
      <Field
        label={t('sign_in.identifier')}
        name="username"
        autoComplete="username"
        autoCapitalize="off"
        spellCheck={false}
        autoFocus
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <FormError text={begin.error && errorText(begin.error)} />
      <Button
        block
        color="danger"
        size="large"
        type="submit"
        loading={begin.isPending}
        disabled={identifier === ''}
      >
        {t('sign_up.send_code')}
      </Button>
    </form>
  );
}
