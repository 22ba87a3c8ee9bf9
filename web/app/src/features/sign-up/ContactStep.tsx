import { postV1Registrations } from '@tael/api/generated/sdk.gen';
import { Field } from '@tael/ui/field/Field';
import { Segmented } from '@tael/ui/segmented/Segmented';
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd-mobile';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '../../lib/api';
import { FormError } from '../../lib/FormError';
import { preferences } from '../../lib/preferences';
import { useErrorText } from '../../lib/problems';
import type { Draft } from './draft';

type Props = { draft: Draft; change: (part: Partial<Draft>) => void };

/** A phone number or an e-mail address, and the terms. */
export function ContactStep({ draft, change }: Props) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const [kind, setKind] = useState<'phone' | 'email'>(
    draft.contact.includes('@') ? 'email' : 'phone',
  );
  const start = useMutation({
    mutationFn: () => {
      const contact = { [kind]: draft.contact.trim() };
      const locale = preferences().language === 'zh-CN' ? 'zh' : 'en';
      const body = { ...contact, locale, accept_terms: draft.accepts };
      return ask(postV1Registrations({ body }));
    },
    onSuccess: ({ id, resend_at }) =>
      change({ step: 'code', registration: { id, resendAt: resend_at } }),
  });
  const phone = { type: 'tel', inputMode: 'tel', autoComplete: 'tel' } as const;
  const email = { type: 'email', inputMode: 'email', autoComplete: 'email' } as const;
  return (
    <form
      className="entrance__form"
      onSubmit={(event) => {
        event.preventDefault();
        start.mutate();
      }}
    >
      <Segmented
        label={t('sign_up.by')}
        value={kind}
        choices={[
          ['phone', t('sign_up.by_phone')],
          ['email', t('sign_up.by_email')],
        ]}
        onChange={setKind}
      />
      <Field
        {...(kind === 'phone' ? phone : email)}
        label={t(`sign_up.${kind}`)}
        hint={t(`sign_up.${kind}_hint`)}
        required
        autoFocus
        value={draft.contact}
        onChange={(event) => change({ contact: event.target.value })}
      />
      <label className="consent">
        <input
          type="checkbox"
          checked={draft.accepts}
          onChange={(event) => change({ accepts: event.target.checked })}
        />
        <span>{t('sign_up.consent')}</span>
      </label>
      <FormError text={start.error && errorText(start.error)} />
      <Button
        block
        color="primary"
        size="large"
        type="submit"
        loading={start.isPending}
        disabled={draft.contact.trim() === '' || !draft.accepts}
      >
        {t('sign_up.send_code')}
      </Button>
    </form>
  );
}
