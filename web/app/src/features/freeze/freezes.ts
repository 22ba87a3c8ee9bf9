import { queries, walletQuery } from '../../lib/queries';
import { closingQuery, freezesQuery, securityQuery } from '../../lib/safety-queries';

/** The words of each kind of freeze. */
export const KINDS = {
  debit: 'freeze.debit',
  credit: 'freeze.credit',
  all: 'freeze.all_kind',
} as const;

/** Money stops or moves again, and with it what can be done. */
export const refreshFreezes = () =>
  Promise.all(
    [freezesQuery, securityQuery, walletQuery, closingQuery].map(({ queryKey }) =>
      queries.invalidateQueries({ queryKey }),
    ),
  );
