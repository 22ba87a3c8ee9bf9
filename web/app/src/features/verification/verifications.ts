import { queries } from '../../lib/queries';
import { limitsQuery, securityQuery, verificationsQuery } from '../../lib/safety-queries';

export const SIDES = ['front', 'back', 'selfie'] as const;
export type Side = (typeof SIDES)[number];

/** What a level asks for; the server refuses less. */
export const sidesOf = (level: number): readonly Side[] => SIDES.slice(0, level);

export const refreshVerifications = () =>
  Promise.all(
    [verificationsQuery, limitsQuery, securityQuery].map(({ queryKey }) =>
      queries.invalidateQueries({ queryKey }),
    ),
  );
