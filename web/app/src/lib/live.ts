import type { Account, Transaction, Wallet } from '@tael/api/generated/types.gen';
import { useEffect } from 'react';
import { meQuery, queries, recentQuery, walletQuery } from './queries';

/** The first wait after a stream broke off, and the longest. */
const WAIT = { first: 1_000, longest: 30_000 };

function onBalance(account: Account) {
  queries.setQueryData(walletQuery.queryKey, (wallet: Wallet | undefined) => {
    if (!wallet) return wallet;
    const isKnown = wallet.accounts.some((known) => known.id === account.id);
    const accounts = isKnown
      ? wallet.accounts.map((known) => (known.id === account.id ? account : known))
      : [...wallet.accounts, account];
    return { ...wallet, accounts };
  });
}

function onTransaction(record: Transaction) {
  queries.setQueryData(recentQuery.queryKey, (page) => {
    if (!page || page.data.some((known) => known.id === record.id)) return page;
    return { ...page, data: [record, ...page.data] };
  });
  void queries.invalidateQueries({ queryKey: ['records', 'list'] });
  void queries.invalidateQueries({ queryKey: ['inbox'] });
  void queries.invalidateQueries({ queryKey: ['me'] });
}

/** Follows the wallet as it changes; comes back by itself after a break. Returns the way to stop. */
export function follow(): () => void {
  let source: EventSource | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let wait = WAIT.first;
  let hasBrokenOff = false;

  const open = () => {
    source = new EventSource('/v1/stream');
    source.addEventListener('open', () => {
      wait = WAIT.first;
      // What happened during a break is asked for; the stream itself sends the balances anew.
      if (hasBrokenOff) void queries.invalidateQueries({ queryKey: ['records'] });
      hasBrokenOff = false;
    });
    source.addEventListener('balance', (event) => onBalance(JSON.parse(event.data)));
    source.addEventListener('transaction', (event) => onTransaction(JSON.parse(event.data)));
    source.addEventListener('error', () => {
      hasBrokenOff = true;
      if (source?.readyState !== EventSource.CLOSED) return;
      // Refused, not merely broken off: perhaps the session has ended, and `me` will say so.
      void queries.invalidateQueries({ queryKey: meQuery.queryKey });
      timer = setTimeout(open, wait);
      wait = Math.min(wait * 2, WAIT.longest);
    });
  };

  open();
  return () => {
    clearTimeout(timer);
    source?.close();
  };
}

export function useLive(isSignedIn: boolean) {
  useEffect(() => (isSignedIn ? follow() : undefined), [isSignedIn]);
}
