import { postV1TopUps } from '@tael/api/generated/sdk.gen';
import type { DoneTopUp, TopUpRequest } from '@tael/api/generated/types.gen';
import { ask, PATIENCE } from '../../lib/api';
import { type Intent, keepSent, type Outcome, outcomeOf } from '../../lib/intent';

export const KIND = 'top-up';

/** Sends a top-up, or asks again what became of it: under its key both are the same. */
export function sendTopUp(intent: Intent<TopUpRequest>): Promise<Outcome<DoneTopUp>> {
  const { key, body } = keepSent(KIND, intent);
  const call = postV1TopUps({
    body,
    headers: { 'Idempotency-Key': key },
    signal: AbortSignal.timeout(PATIENCE),
  });
  return outcomeOf(ask(call));
}
