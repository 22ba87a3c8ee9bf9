import { postV1Recoveries } from '@tael/api/generated/sdk.gen';
import { Field } from '@tael/ui/field/Field';
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd-mobile';
import { useTranslation } from 'react-i18next';
import { ask } from '../../lib/api';
import { FormError } from '../../lib/FormError';
import { useErrorText } from '../../lib/problems';
import type { StepProps } from './recovery';

/** Whose wallet: the answer is the same whether or not it exists. */
export function WhoStep({ draft, change }: StepProps) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const identifier = draft.identifier.trim();
  const start = useMutation({
    mutationFn: () => ask(postV1Recoveries({ body: { identifier } })),
    onSuccess: ({ id, resend_at }) => change({ step: 'code', id, resendAt: resend_at }),
  });
  return (
    <form
      className="entrance__form"
      onSubmit={(event) => {
        event.preventDefault();
        start.mutate();
      }}
    >
      <p className="t-soft">{t('recover.who')}</p>
      <Field
        label={t('sign_in.identifier')}
        name="username"
        autoComplete="username"
        autoCapitalize="off"
        spellCheck={false}
        autoFocus
        value={draft.identifier}
        onChange={(event) => change({ identifier: event.target.value })}
      />
      <FormError text={start.error && errorText(start.error)} />
      <Button
        block
        color="primary"
        size="large"
        type="submit"
        loading={start.isPending}
        disabled={identifier === ''}
      >
        {t('sign_up.send_code')}
      </Button>
    </form>
  );
}
