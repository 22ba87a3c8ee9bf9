import { isLost, Refusal } from './api';
import { tab } from './storage';

/**
 * One intention to move money. Its key is made and kept before anything is sent, so that a reload,
 * a lost answer or a second tap can only ever lead to one movement.
 */
export type Intent<Body> = {
  key: string;
  body: Body;
  /** What the person agreed to, to show it again after a reload. */
  shown: { payee?: string };
  /** When it was first sent; absent while it was not. */
  sentAt?: number;
};

/** What is known to have become of it. */
export type Outcome<Done> =
  | { state: 'done'; answer: Done }
  /** Refused, and it stays so under this key. */
  | { state: 'refused'; error: Refusal }
  /** Nothing moved; the same intention may be sent again, e.g. with the right Token. */
  | { state: 'open'; error: Refusal }
  /** Nobody knows yet. */
  | { state: 'unknown' };

/** A request may be under way this long before its absence proves that it never arrived. */
export const GRACE = 16_000;

const nameOf = (kind: string) => `intent.${kind}`;

/** 128 random bits; `randomUUID` exists on secure origins alone. */
const newKey = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');

export function newIntent<Body>(body: Body, shown: Intent<Body>['shown'] = {}): Intent<Body> {
  return { key: newKey(), body, shown };
}

export const keptIntent = <Body>(kind: string): Intent<Body> | null =>
  tab.read<Intent<Body>>(nameOf(kind));

/** Keeps it, marked as sent: always before sending. */
export function keepSent<Body>(kind: string, intent: Intent<Body>): Intent<Body> {
  const sent = { ...intent, sentAt: intent.sentAt ?? Date.now() };
  tab.keep(nameOf(kind), sent);
  return sent;
}

export const forgetIntent = (kind: string) => tab.forget(nameOf(kind));

const FINAL = new Set([409, 410, 422, 423]);
/** What is wrong with the proof is said before anything is recorded: another proof may follow. */
const UNPROVEN = new Set([
  'proof_wrong',
  'code_wrong',
  'pin_locked',
  'pin_void',
  'approval_void',
  'approval_closed',
]);

/** Sorts an answer. Whatever is not clearly a "no" is unknown. */
export async function outcomeOf<Done>(sending: Promise<Done>): Promise<Outcome<Done>> {
  try {
    return { state: 'done', answer: await sending };
  } catch (error) {
    if (!(error instanceof Refusal)) {
      if (isLost(error)) return { state: 'unknown' };
      throw error;
    }
    const { outcome, status, code } = error.problem;
    if (code === 'request_in_progress' || outcome === 'unknown') return { state: 'unknown' };
    if (outcome !== 'not_applied' && status >= 500) return { state: 'unknown' };
    const isFinal = FINAL.has(status) && !UNPROVEN.has(code);
    return { state: isFinal ? 'refused' : 'open', error };
  }
}

export const isPastGrace = (intent: { sentAt?: number }, now = Date.now()) =>
  now - (intent.sentAt ?? 0) > GRACE;

/** Pauses between looks at an unknown outcome, in milliseconds. */
export const pauseBefore = (look: number) => Math.min(1_000 * 2 ** look, 15_000);
