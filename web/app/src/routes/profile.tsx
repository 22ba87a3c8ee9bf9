import './cards.css';
import { Facts } from '@tael/ui/row/Row';
import { Bones } from '@tael/ui/states/states';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { CopyButton } from '../lib/CopyButton';
import { moment } from '../lib/moments';
import { Page } from '../lib/Page';
import { usePreferences } from '../lib/preferences';
import { meQuery } from '../lib/queries';

/** 个人信息 and 联系方式. */
export function Profile() {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { data: user } = useQuery(meQuery);
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
        <Facts
          facts={user.contacts.map((contact) => [
            t(`sign_up.${contact.kind as 'phone' | 'email'}`),
            <span key={contact.value}>
              {contact.masked}
              {contact.designated && (
                <>
                  <br />
                  <span className="good t-small">{t('profile.designated')}</span>
                </>
              )}
            </span>,
          ])}
        />
      </section>
    </Page>
  );
}
