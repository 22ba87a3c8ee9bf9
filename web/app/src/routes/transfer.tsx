import '../lib/payform.css';
import type { DoneTransfer } from '@tael/api/generated/types.gen';
import { Bones, Failed } from '@tael/ui/states/states';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { TransferOutcome } from '../features/transfer/TransferOutcome';
import { forgetDraft, KIND, type TransferIntent } from '../features/transfer/transfer';
import { Wizard } from '../features/transfer/Wizard';
import { forgetIntent, keptIntent, type Outcome } from '../lib/intent';
import { Page } from '../lib/Page';
import { useErrorText } from '../lib/problems';
import { queries, walletQuery } from '../lib/queries';

const route = getRouteApi('/wallet/transfer');

type Sent = { intent: TransferIntent; outcome: Outcome<DoneTransfer> | null };

const leftOver = (): Sent | null => {
  const intent = keptIntent<TransferIntent['body']>(KIND);
  return intent && { intent, outcome: null };
};

/** A payment that was sent comes first: until its end is known no other can be begun. */
export function Transfer() {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const navigate = useNavigate();
  const link = route.useSearch();
  const wallet = useQuery(walletQuery);
  const [sent, setSent] = useState<Sent | null>(leftOver);
  const [retried, setRetried] = useState<TransferIntent | null>(null);
  const settle = (intent: TransferIntent, outcome: Outcome<DoneTransfer>) => {
    if (outcome.state === 'done') forgetDraft();
    setRetried(null);
    setSent({ intent, outcome });
    void queries.invalidateQueries({ queryKey: walletQuery.queryKey });
    void queries.invalidateQueries({ queryKey: ['records'] });
  };
  const leave = () => {
    forgetIntent(KIND);
    setSent(null);
  };
  const accounts = wallet.data?.accounts;
  return (
    <Page title={t('home.transfer')} back="/">
      {sent ? (
        <TransferOutcome
          key={sent.intent.key}
          intent={sent.intent}
          initial={sent.outcome}
          onHome={() => {
            leave();
            void navigate({ to: '/', replace: true });
          }}
          onChange={leave}
          onRetry={() => {
            setRetried(sent.intent);
            leave();
          }}
        />
      ) : accounts ? (
        <Wizard
          key={link.to}
          accounts={accounts}
          link={link}
          retried={retried}
          onOutcome={settle}
        />
      ) : wallet.isError ? (
        <Failed
          title={errorText(wallet.error)}
          retryLabel={t('common.retry')}
          onRetry={() => void wallet.refetch()}
        />
      ) : (
        <Bones label={t('common.loading')} lines={4} />
      )}
    </Page>
  );
}
