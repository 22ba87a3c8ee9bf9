import { postV1Transfers, postV1TransfersPreview } from '@tael/api/generated/sdk.gen';
import type { DoneTransfer, TransferRequest } from '@tael/api/generated/types.gen';
import { ask, codeOf, PATIENCE } from '../../lib/api';
import type { Named } from '../../lib/contact';
import { type Intent, isPastGrace, keepSent, type Outcome, outcomeOf } from '../../lib/intent';
import { tab } from '../../lib/storage';

export const KIND = 'transfer';

/** What is sent and kept: never with the Token, which is typed anew each time. */
export type Body = Omit<TransferRequest, 'authorization'>;
export type TransferIntent = Intent<Body>;

/** What a person typed so far. */
export type Draft = {
  to: string;
  payee: string | null;
  typed: string;
  currency: string;
  note: string;
};

const DRAFT = 'transfer-draft';
export const keptDraft = () => tab.read<Draft>(DRAFT);
export const keepDraft = (draft: Draft) => tab.keep(DRAFT, draft);
export const forgetDraft = () => tab.forget(DRAFT);

export const preview = (to: Named, money: Body['money']) =>
  ask(postV1TransfersPreview({ body: { to, money } }));

/** Proofs for one payment; typed anew each time and kept nowhere. */
export type Proofs = Partial<Record<'security_token' | 'pin' | 'totp' | 'approval', string>>;

const send = (intent: TransferIntent, proofs?: Proofs): Promise<Outcome<DoneTransfer>> => {
  const isProven = proofs !== undefined && Object.keys(proofs).length > 0;
  const authorization = isProven ? { authorization: proofs } : {};
  const call = postV1Transfers({
    body: { ...intent.body, ...authorization },
    headers: { 'Idempotency-Key': intent.key },
    signal: AbortSignal.timeout(PATIENCE),
  });
  return outcomeOf(ask(call));
};

/** Pays. The intention is kept before it is sent. */
export const pay = (intent: TransferIntent, proofs: Proofs) => send(keepSent(KIND, intent), proofs);

/**
 * Asks what became of a payment: the same request without its proof. The server answers with the
 * first outcome under the key if there is one, and else asks for the proof, having moved nothing.
 */
export const recall = (intent: TransferIntent) => send(intent);

/** Whether an answer to {@link recall} is the last word. */
export function settles(intent: TransferIntent, outcome: Outcome<DoneTransfer>): boolean {
  if (outcome.state === 'unknown') return false;
  // Nothing is recorded; while the request may still be under way that proves nothing.
  return outcome.state !== 'open' || isPastGrace(intent);
}

/** True if the server knows nothing of the payment: it asked for the proof instead. */
export const isAbsent = (error: unknown) =>
  ['step_up_required', 'security_token_blocked'].includes(codeOf(error) ?? '');
