import './Balance.css';
import type { Account } from '@tael/api/generated/types.gen';
import { Money } from '@tael/ui/money/Money';
import { useQuery } from '@tanstack/react-query';
import { EyeInvisibleOutline, EyeOutline } from 'antd-mobile-icons';
import { useTranslation } from 'react-i18next';
import { prefer, usePreferences } from '../../lib/preferences';
import { useErrorText } from '../../lib/problems';
import { walletQuery } from '../../lib/queries';

/** What can be spent, one line per currency, behind an eye. */
export function Balance() {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const wallet = useQuery(walletQuery);
  const { hidesSums } = usePreferences();
  const hiddenAs = hidesSums ? t('home.hidden') : undefined;
  const Eye = hidesSums ? EyeInvisibleOutline : EyeOutline;
  const [first, ...others] = wallet.data?.accounts ?? [];
  return (
    <section className="balance" aria-labelledby="balance">
      <div className="balance__head">
        <h2 id="balance" className="balance__soft">
          {t('home.available')}
        </h2>
        <button
          type="button"
          className="t-plain"
          aria-pressed={hidesSums}
          aria-label={t('home.hide')}
          onClick={() => prefer({ hidesSums: !hidesSums })}
        >
          <Eye fontSize={24} />
        </button>
      </div>
      {first ? (
        <>
          <div className="balance__account">
            <Money
              size="hero"
              amount={first.available}
              currency={first.currency}
              hiddenAs={hiddenAs}
            />
            <Held account={first} hiddenAs={hiddenAs} />
          </div>
          {others.map((account) => (
            <p key={account.id} className="balance__account">
              <span className="balance__soft">{account.currency}</span>
              <Money amount={account.available} currency={account.currency} hiddenAs={hiddenAs} />
            </p>
          ))}
        </>
      ) : (
        <p className="balance__bone balance__soft">
          {wallet.isError ? (
            <button type="button" className="t-plain" onClick={() => void wallet.refetch()}>
              {errorText(wallet.error)} {t('common.retry')}
            </button>
          ) : (
            t('common.loading')
          )}
        </p>
      )}
    </section>
  );
}

function Held({ account, hiddenAs }: { account: Account; hiddenAs: string | undefined }) {
  const { t } = useTranslation();
  if (BigInt(account.held) === 0n && account.state === 'open') return null;
  return (
    <p className="balance__held">
      {account.state !== 'open' && <strong>{t(`home.${account.state as 'frozen'}`)} </strong>}
      {t('home.held')}{' '}
      <Money amount={account.held} currency={account.currency} hiddenAs={hiddenAs} />
    </p>
  );
}
