import { Bones, Failed } from '@tael/ui/states/states';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { ReceiveCode } from '../features/receive/ReceiveCode';
import { Page } from '../lib/Page';
import { useErrorText } from '../lib/problems';
import { meQuery, walletQuery } from '../lib/queries';

export function Receive() {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const me = useQuery(meQuery);
  const wallet = useQuery(walletQuery);
  const isReady = me.data && wallet.data;
  const error = me.error ?? wallet.error;
  return (
    <Page title={t('home.receive')} back="/">
      {!isReady && !error && <Bones label={t('common.loading')} lines={6} />}
      {!isReady && error && (
        <Failed
          title={errorText(error)}
          retryLabel={t('common.retry')}
          onRetry={() => void Promise.all([me.refetch(), wallet.refetch()])}
        />
      )}
      {isReady && (
        <ReceiveCode
          user={me.data}
          currencies={wallet.data.accounts.map((account) => account.currency)}
        />
      )}
    </Page>
  );
}
