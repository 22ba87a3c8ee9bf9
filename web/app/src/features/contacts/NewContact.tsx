import {
  postV1Contacts,
  postV1ContactsByIdResend,
  postV1ContactsByIdVerify,
} from '@tael/api/generated/sdk.gen';
import { Field } from '@tael/ui/field/Field';
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd-mobile';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '../../lib/api';
import { CodeForm } from '../../lib/CodeForm';
import { FormError } from '../../lib/FormError';
import { useErrorText } from '../../lib/problems';
import { proven } from '../../lib/proof/step-up';
import { type OwnContact, refreshContacts } from './contacts';

type Begun = { id: string; resend_at: string };

/** A new phone number or mailbox, if wanted in the place of one: proven, then told to the old. */
export function NewContact({ contacts, onDone }: { contacts: OwnContact[]; onDone: () => void }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const [typed, setTyped] = useState('');
  const [replaces, setReplaces] = useState('');
  const [begun, setBegun] = useState<Begun | null>(null);
  const begin = useMutation({
    mutationFn: () => {
      const value = typed.trim();
      const contact = value.includes('@') ? { email: value } : { phone: value };
      const body = { ...contact, ...(replaces ? { replaces } : {}) };
      return proven(() => ask(postV1Contacts({ body })));
    },
    onSuccess: setBegun,
  });
  if (begun) {
    const path = { id: begun.id };
    return (
      <CodeForm
        text={t('sign_up.code_sent', { contact: typed.trim() })}
        resendAt={begun.resend_at}
        send={async (code) => {
          await ask(postV1ContactsByIdVerify({ path, body: { code } }));
          await refreshContacts();
          onDone();
        }}
        resend={async () => setBegun(await ask(postV1ContactsByIdResend({ path })))}
      />
    );
  }
  return (
    <form
      className="t-stack"
      onSubmit={(event) => {
        event.preventDefault();
        begin.mutate();
      }}
    >
      <p className="t-soft">{t('contacts.new_text')}</p>
      <Field
        label={t('sign_in.identifier')}
        autoCapitalize="off"
        spellCheck={false}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
      <label className="contact__choice">
        <span>{t('contacts.replaces')}</span>
        <select value={replaces} onChange={(event) => setReplaces(event.target.value)}>
          <option value="">{t('contacts.replaces_none')}</option>
          {contacts
            .filter(({ state }) => state === 'verified')
            .map(({ id, masked }) => (
              <option key={id} value={id}>
                {masked}
              </option>
            ))}
        </select>
      </label>
      <FormError text={begin.error && errorText(begin.error)} />
      <Button
        block
        color="primary"
        size="large"
        type="submit"
        loading={begin.isPending}
        disabled={typed.trim() === ''}
      >
        {t('sign_up.send_code')}
      </Button>
    </form>
  );
}
