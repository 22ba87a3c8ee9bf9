import './cards.css';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Channels } from '../features/messages/Channels';
import { Language } from '../features/messages/Language';
import { QuietHours } from '../features/messages/QuietHours';
import { Loaded } from '../lib/Loaded';
import { Page } from '../lib/Page';
import { wishesQuery } from '../lib/safety-queries';

/** 消息与免打扰: in which language, by which ways, and when not. */
export function MessageWishes() {
  const { t } = useTranslation();
  const wishes = useQuery(wishesQuery);
  return (
    <Page title={t('me.messages')} back="/me">
      <p className="t-soft">{t('messages.text')}</p>
      <Loaded query={wishes} lines={8}>
        {(view) => (
          <>
            <Language {...view} />
            <QuietHours {...view} />
            <Channels {...view} />
          </>
        )}
      </Loaded>
    </Page>
  );
}
