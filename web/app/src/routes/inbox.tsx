import { useTranslation } from 'react-i18next';
import { Messages } from '../features/inbox/Messages';
import { Page } from '../lib/Page';

export function Inbox() {
  const { t } = useTranslation();
  return (
    <Page title={t('nav.inbox')}>
      <Messages />
    </Page>
  );
}
