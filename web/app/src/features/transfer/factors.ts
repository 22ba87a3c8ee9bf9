import type { Factors, SecurityToken } from '@tael/api/generated/types.gen';
import { hasPasskeys } from '../../lib/proof/passkey';
import { device } from '../../lib/storage';

/** Proofs that a payment may be asked for, as the server names them. */
const FACTORS = ['security_token', 'pin', 'totp', 'passkey', 'sms'] as const;
export type Factor = (typeof FACTORS)[number];
/** Proofs of which all together are enough. */
export type ProofSet = Factor[];

const isKnown = (code: string): code is Factor => FACTORS.some((one) => one === code);
export const keyOf = (set: ProofSet) => set.join('+');

/** What the payer can prove, here and now. */
export function owned(tokens: SecurityToken[], factors: Factors): Set<Factor> {
  const has = new Set<Factor>();
  if (tokens.some(({ state }) => state === 'active')) has.add('security_token');
  if (factors.pin.is_set && !factors.pin.is_void) has.add('pin');
  if (factors.totp.state === 'active') has.add('totp');
  if (factors.passkeys.length > 0 && hasPasskeys()) has.add('passkey');
  if (factors.sms.is_enabled) has.add('sms');
  return has;
}

const LAST = 'paid-with';

/** The sets that can be given here; the one that was used last comes first. */
export function usableSets(asked: string[][], has: Set<Factor>): ProofSet[] {
  const last = device.read<string>(LAST);
  const sets = asked.filter((set): set is ProofSet =>
    set.every((code) => isKnown(code) && has.has(code)),
  );
  return sets.sort((one, other) => Number(keyOf(other) === last) - Number(keyOf(one) === last));
}

/** Which proofs a person likes to pay with; of this device, and no secret. */
export const rememberSet = (set: ProofSet) => device.keep(LAST, keyOf(set));
