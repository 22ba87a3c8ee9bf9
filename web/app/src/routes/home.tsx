import './home.css';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { Actions } from '../features/wallet/Actions';
import { Balance } from '../features/wallet/Balance';
import { Calls } from '../features/wallet/Calls';
import { Recent } from '../features/wallet/Recent';
import { Today } from '../features/wallet/Today';
import { Page } from '../lib/Page';
import { meQuery } from '../lib/queries';

export function Home() {
  const { t } = useTranslation();
  const me = useQuery(meQuery);
  const title = me.data ? t('home.hello', { name: me.data.name }) : t('nav.home');
  return (
    <Page title={title} width="wide">
      <div className="home">
        <div className="home__side">
          <Balance />
          <Actions />
          <Calls />
          <Today />
        </div>
        <Recent />
      </div>
    </Page>
  );
}
