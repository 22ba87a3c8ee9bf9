import './cards.css';
import { Facts } from '@tael/ui/row/Row';
import { Sheet } from '@tael/ui/sheet/Sheet';
import { Bones } from '@tael/ui/states/states';
import { useQuery } from '@tanstack/react-query';
import { Button } from 'antd-mobile';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ContactList } from '../features/contacts/ContactList';
import { NewContact } from '../features/contacts/NewContact';
import { Export } from '../features/export/Export';
import { CopyButton } from '../lib/CopyButton';
import { Loaded } from '../lib/Loaded';
import { moment } from '../lib/moments';
import { Page } from '../lib/Page';
import { usePreferences } from '../lib/preferences';
import { meQuery } from '../lib/queries';
import { contactsQuery } from '../lib/safety-queries';

/** 个人信息 and 联系方式. */
export function Profile() {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { data: user } = useQuery(meQuery);
  const contacts = useQuery(contactsQuery);
  const [isAdding, setAdding] = useState(false);
  if (!user) {
    return (
      <Page title={t('me.profile')} back="/me">
        <Bones label={t('common.loading')} />
      </Page>
    );
  }
  return (
    <Page title={t('me.profile')} back="/me">
      <section className="t-card" aria-labelledby="person">
        <h2 id="person" className="card__title">
          {t('profile.person')}
        </h2>
        <Facts
          facts={[
            [t('sign_up.name'), user.name],
            [
              t('profile.id'),
              <span key="id" className="profile__id">
                {user.id}
                <CopyButton text={user.id} label={t('profile.id')} />
              </span>,
            ],
            [t('profile.since'), moment(user.created_at, language, 'day')],
          ]}
        />
      </section>
      <section className="t-card" aria-labelledby="contacts">
        <h2 id="contacts" className="card__title">
          {t('profile.contacts')}
        </h2>
        <Loaded query={contacts} lines={2}>
          {({ data }) => <ContactList contacts={data} />}
        </Loaded>
        <div className="card__form">
          <Button block color="primary" fill="outline" onClick={() => setAdding(true)}>
            {t('contacts.add')}
          </Button>
        </div>
      </section>
      <Export />
      <Sheet
        title={t('contacts.add')}
        closeLabel={t('common.close')}
        isOpen={isAdding}
        onClose={() => setAdding(false)}
      >
        <NewContact contacts={contacts.data?.data ?? []} onDone={() => setAdding(false)} />
      </Sheet>
    </Page>
  );
}
