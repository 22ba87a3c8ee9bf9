import type { DoneTopUp, TopUpRequest } from '@tael/api/generated/types.gen';
import { Money } from '@tael/ui/money/Money';
import { Result } from '@tael/ui/result/Result';
import { Link } from '@tanstack/react-router';
import { Button } from 'antd-mobile';
import { useTranslation } from 'react-i18next';
import type { Intent, Outcome } from '../../lib/intent';
import { errorText } from '../../lib/problems';
import { useForgetWhenLeft, useSettled } from '../../lib/useSettled';
import { KIND, sendTopUp } from './topUp';

type Props = {
  intent: Intent<TopUpRequest>;
  initial: Outcome<DoneTopUp> | null;
  onLeave: (to: '/' | 'again') => void;
};

/** What became of a top-up. */
export function TopUpOutcome({ intent, initial, onLeave }: Props) {
  const { t } = useTranslation();
  const outcome = useSettled(initial, () => sendTopUp(intent));
  useForgetWhenLeft(KIND, outcome.state !== 'unknown');
  const { amount, currency } = intent.body.money;
  const sum = <Money size="hero" amount={amount} currency={currency} />;
  const home = (
    <Button block color="primary" size="large" onClick={() => onLeave('/')}>
      {t('common.done')}
    </Button>
  );
  if (outcome.state === 'done') {
    const { balance_after: after, id } = outcome.answer;
    return (
      <Result
        state="done"
        title={t('top_up.done')}
        sum={sum}
        text={
          <>
            {t('pay.balance_after')} <Money amount={after.amount} currency={after.currency} />
          </>
        }
        actions={
          <>
            {home}
            <Link to="/records/$id" params={{ id }}>
              {t('pay.see_record')}
            </Link>
          </>
        }
      />
    );
  }
  if (outcome.state === 'unknown') {
    return (
      <Result
        state="waiting"
        title={t('pay.unknown')}
        sum={sum}
        text={t('pay.unknown_text')}
        actions={<Link to="/records">{t('pay.see_records')}</Link>}
      />
    );
  }
  return (
    <Result
      state="failed"
      title={t('top_up.failed')}
      sum={sum}
      text={errorText(outcome.error)}
      actions={
        <Button block color="primary" size="large" onClick={() => onLeave('again')}>
          {t('common.try_again')}
        </Button>
      }
    />
  );
}
