import { queries } from '../../lib/queries';
import { factorsQuery, securityQuery } from '../../lib/safety-queries';

/** What opens the wallet has changed, and with it what is advised. */
export const refreshPasskeys = () =>
  Promise.all(
    [factorsQuery, securityQuery].map(({ queryKey }) => queries.invalidateQueries({ queryKey })),
  );
