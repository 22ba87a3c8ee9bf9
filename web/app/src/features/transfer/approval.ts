import {
  postV1PaymentApprovals,
  postV1PaymentApprovalsByIdApprove,
  postV1PaymentApprovalsByIdChallenge,
} from '@tael/api/generated/sdk.gen';
import { ask } from '../../lib/api';
import { signWith } from '../../lib/proof/passkey';
import type { Body } from './transfer';

/** Begins an approval, which is bound to exactly this payment and serves once. */
export const openApproval = async ({ to, money, note }: Body) =>
  (await ask(postV1PaymentApprovals({ body: { to, money, ...(note ? { note } : {}) } }))).id;

/** The device signs for this payment and no other. */
export async function approveByPasskey(id: string) {
  const challenge = postV1PaymentApprovalsByIdChallenge({
    path: { id },
    body: { method: 'passkey' },
  });
  const { public_key } = (await ask(challenge)) as unknown as {
    public_key: Record<string, unknown>;
  };
  const passkey = await signWith(public_key);
  await ask(postV1PaymentApprovalsByIdApprove({ path: { id }, body: { passkey } }));
}

export const sendCode = (id: string) =>
  ask(postV1PaymentApprovalsByIdChallenge({ path: { id }, body: { method: 'sms' } }));

export const approveByCode = (id: string, code: string) =>
  ask(postV1PaymentApprovalsByIdApprove({ path: { id }, body: { sms_code: code } }));
