import type { DoneTransfer } from '@tael/api/generated/types.gen';
import { Money } from '@tael/ui/money/Money';
import { Result } from '@tael/ui/result/Result';
import { Link } from '@tanstack/react-router';
import { Button } from 'antd-mobile';
import { useTranslation } from 'react-i18next';
import { codeOf } from '../../lib/api';
import type { Outcome } from '../../lib/intent';
import { errorText } from '../../lib/problems';
import { useForgetWhenLeft, useSettled } from '../../lib/useSettled';
import { isAbsent, KIND, recall, settles, type TransferIntent } from './transfer';

type Props = {
  intent: TransferIntent;
  /** Null after a reload: then the server is asked. */
  initial: Outcome<DoneTransfer> | null;
  onHome: () => void;
  /** Back to the amount, as a new intention. */
  onChange: () => void;
  /** The same intention once more, under the same key. */
  onRetry: () => void;
};

/** What became of a payment; the truth, also when nobody knows it yet. */
export function TransferOutcome({ intent, initial, onHome, onChange, onRetry }: Props) {
  const { t } = useTranslation();
  const outcome = useSettled(
    initial,
    () => recall(intent),
    (found) => settles(intent, found),
  );
  useForgetWhenLeft(KIND, outcome.state === 'done' || outcome.state === 'refused');
  const { amount, currency } = intent.body.money;
  const sum = <Money size="hero" amount={amount} currency={currency} />;
  const payee = intent.shown.payee ?? '';
  if (outcome.state === 'done') {
    const { balance_after: after, id } = outcome.answer;
    return (
      <Result
        state="done"
        title={t('pay.done')}
        sum={sum}
        text={
          <>
            {t('pay.paid_to', { payee })}
            <br />
            {after && (
              <>
                {t('pay.balance_after')} <Money amount={after.amount} currency={after.currency} />
              </>
            )}
          </>
        }
        actions={
          <>
            <Button block color="primary" size="large" onClick={onHome}>
              {t('common.done')}
            </Button>
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
  const isOpen = outcome.state === 'open';
  const isPoor = codeOf(outcome.error) === 'insufficient_funds';
  return (
    <Result
      state="failed"
      title={t('pay.failed')}
      sum={sum}
      text={isAbsent(outcome.error) ? t('pay.absent') : errorText(outcome.error)}
      actions={
        <>
          <Button block color="primary" size="large" onClick={isOpen ? onRetry : onChange}>
            {isOpen ? t('pay.retry') : t('pay.change')}
          </Button>
          {isPoor && <Link to="/top-up">{t('home.top_up')}</Link>}
          <Button block size="large" onClick={onHome}>
            {t('common.home')}
          </Button>
        </>
      }
    />
  );
}
