import {
  deleteV1ContactsById,
  postV1ContactsByIdConfirmOld,
  postV1ContactsByIdDesignate,
} from '@tael/api/generated/sdk.gen';
import { RowContent } from '@tael/ui/row/Row';
import { Sheet } from '@tael/ui/sheet/Sheet';
import { useMutation } from '@tanstack/react-query';
import { MailOutline, PhonebookOutline } from 'antd-mobile-icons';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '../../lib/api';
import { CodeForm } from '../../lib/CodeForm';
import { FormError } from '../../lib/FormError';
import { moment } from '../../lib/moments';
import { usePreferences } from '../../lib/preferences';
import { useErrorText } from '../../lib/problems';
import { proven } from '../../lib/proof/step-up';
import { type OwnContact, refreshContacts } from './contacts';

const NOW = new Date(0).toISOString();

/** The contacts, and what may be done with each. */
export function ContactList({ contacts }: { contacts: OwnContact[] }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const { language } = usePreferences();
  const [agreeing, setAgreeing] = useState<OwnContact | null>(null);
  const act = useMutation({
    mutationFn: (to: () => Promise<unknown>) => proven(to),
    onSuccess: refreshContacts,
  });
  const noteOf = (contact: OwnContact) => {
    if (contact.state === 'cooling' && contact.effective_at) {
      return t('contacts.cooling', { time: moment(contact.effective_at, language, 'short') });
    }
    if (contact.state === 'pending') return t('contacts.pending');
    return contact.is_designated ? t('profile.designated') : t('contacts.verified');
  };
  const verified = contacts.filter(({ state }) => state === 'verified').length;
  return (
    <>
      <ul className="t-rows">
        {contacts.map((contact) => (
          <li key={contact.id} className="contact">
            <div className="t-row">
              <RowContent
                icon={contact.kind === 'phone' ? <PhonebookOutline /> : <MailOutline />}
                title={contact.masked}
                text={noteOf(contact)}
              />
            </div>
            <p className="contact__acts">
              {contact.state === 'verified' && !contact.is_designated && (
                <button
                  type="button"
                  className="t-plain"
                  onClick={() =>
                    act.mutate(() => ask(postV1ContactsByIdDesignate({ path: { id: contact.id } })))
                  }
                >
                  {t('contacts.designate')}
                </button>
              )}
              {contact.state === 'cooling' && contact.agreed_by && (
                <button type="button" className="t-plain" onClick={() => setAgreeing(contact)}>
                  {t('contacts.sooner')}
                </button>
              )}
              {(contact.state !== 'verified' || verified > 1) && (
                <button
                  type="button"
                  className="t-plain"
                  aria-label={t('contacts.remove_named', { contact: contact.masked })}
                  onClick={() =>
                    act.mutate(() => ask(deleteV1ContactsById({ path: { id: contact.id } })))
                  }
                >
                  {t(contact.state === 'verified' ? 'common.remove' : 'contacts.call_off')}
                </button>
              )}
            </p>
          </li>
        ))}
      </ul>
      <FormError text={act.error && errorText(act.error)} />
      <Sheet
        title={t('contacts.sooner')}
        closeLabel={t('common.close')}
        isOpen={agreeing !== null}
        onClose={() => setAgreeing(null)}
      >
        {agreeing && (
          <CodeForm
            text={t('contacts.sooner_text', { contact: agreeing.agreed_by ?? '' })}
            resendAt={NOW}
            send={async (code) => {
              await ask(
                postV1ContactsByIdConfirmOld({ path: { id: agreeing.id }, body: { code } }),
              );
              setAgreeing(null);
              await refreshContacts();
            }}
          />
        )}
      </Sheet>
    </>
  );
}
