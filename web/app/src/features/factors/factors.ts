import { queries } from '../../lib/queries';
import { factorsQuery, securityQuery } from '../../lib/safety-queries';

/** What is enrolled has changed, and with it what is advised. */
export async function refreshFactors() {
  await Promise.all([
    queries.invalidateQueries({ queryKey: factorsQuery.queryKey }),
    queries.invalidateQueries({ queryKey: securityQuery.queryKey }),
  ]);
}
