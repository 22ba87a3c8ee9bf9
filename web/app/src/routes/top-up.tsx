import '../lib/payform.css';
import type { DoneTopUp, TopUpRequest } from '@tael/api/generated/types.gen';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { TopUpForm } from '../features/top-up/TopUpForm';
import { TopUpOutcome } from '../features/top-up/TopUpOutcome';
import { KIND, sendTopUp } from '../features/top-up/topUp';
import { forgetIntent, type Intent, keptIntent, newIntent, type Outcome } from '../lib/intent';
import { Page } from '../lib/Page';
import { queries, walletQuery } from '../lib/queries';

type Sent = { intent: Intent<TopUpRequest>; outcome: Outcome<DoneTopUp> | null };

const leftOver = (): Sent | null => {
  const intent = keptIntent<TopUpRequest>(KIND);
  return intent && { intent, outcome: null };
};

export function TopUp() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const wallet = useQuery(walletQuery);
  const [sent, setSent] = useState<Sent | null>(leftOver);
  const [isBusy, setBusy] = useState(false);
  const send = async (minor: bigint, currency: string) => {
    setBusy(true);
    const money = { amount: minor.toString(), currency };
    const intent = newIntent<TopUpRequest>({ channel: 'sandbox', money });
    const outcome = await sendTopUp(intent);
    setBusy(false);
    setSent({ intent, outcome });
    void queries.invalidateQueries({ queryKey: walletQuery.queryKey });
  };
  const leave = (to: '/' | 'again') => {
    forgetIntent(KIND);
    setSent(null);
    if (to === '/') void navigate({ to: '/', replace: true });
  };
  const currencies = wallet.data?.accounts.map((account) => account.currency);
  return (
    <Page title={t('home.top_up')} back="/">
      {sent ? (
        <TopUpOutcome intent={sent.intent} initial={sent.outcome} onLeave={leave} />
      ) : (
        currencies && (
          <TopUpForm
            currencies={currencies}
            isBusy={isBusy}
            error={null}
            onSend={(minor, currency) => void send(minor, currency)}
          />
        )
      )}
    </Page>
  );
}
