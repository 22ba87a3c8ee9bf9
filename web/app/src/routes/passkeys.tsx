import './cards.css';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { NewPasskey } from '../features/passkeys/NewPasskey';
import { PasskeyList } from '../features/passkeys/PasskeyList';
import { Loaded } from '../lib/Loaded';
import { Page } from '../lib/Page';
import { factorsQuery } from '../lib/safety-queries';

/** 通行密钥. */
export function Passkeys() {
  const { t } = useTranslation();
  const factors = useQuery(factorsQuery);
  return (
    <Page title={t('me.passkeys')} back="/me">
      <p className="t-soft">{t('passkeys.text')}</p>
      <Loaded query={factors} lines={3}>
        {({ passkeys }) => <PasskeyList passkeys={passkeys} />}
      </Loaded>
      <NewPasskey />
    </Page>
  );
}
