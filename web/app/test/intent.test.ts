import { client } from '@tael/api/generated/client.gen';
import { beforeEach, expect, test, vi } from 'vitest';
import { pay, recall, settles } from '../src/features/transfer/transfer';
import { GRACE, keptIntent, newIntent } from '../src/lib/intent';

const body = { to: { phone: '13800000002' }, money: { amount: '100', currency: 'CNY' } };

type Sent = { key: string | null; body: Record<string, unknown>; kept: unknown };

/** A server that answers once; notes what it was sent and what was kept by then. */
function server(answer: () => Response) {
  const sent: Sent[] = [];
  const fetch = vi.fn(async (request: Request) => {
    const kept = keptIntent('transfer');
    sent.push({ key: request.headers.get('idempotency-key'), body: await request.json(), kept });
    return answer();
  });
  client.setConfig({
    baseUrl: 'http://tael.test',
    fetch: fetch as unknown as typeof globalThis.fetch,
  });
  return sent;
}

const answer = (status: number, content: object) =>
  new Response(JSON.stringify(content), {
    status,
    headers: { 'content-type': status < 400 ? 'application/json' : 'application/problem+json' },
  });

const problem = (status: number, code: string, outcome?: string) =>
  answer(status, {
    type: '',
    title: '',
    status,
    code,
    detail: '',
    request_id: '',
    retryable: false,
    outcome,
  });

beforeEach(() => sessionStorage.clear());

test('the key is kept before anything is sent, and the Token never', async () => {
  const sent = server(() => answer(201, { id: 'trf_1' }));
  const intent = newIntent(body, { payee: 'A***' });
  const outcome = await pay(intent, { security_token: 'SECRETTOKEN00000' });
  expect(outcome).toMatchObject({ state: 'done', answer: { id: 'trf_1' } });
  expect(sent[0]?.kept).toMatchObject({ key: intent.key, body, shown: { payee: 'A***' } });
  expect(sent[0]?.key).toBe(intent.key);
  expect(sent[0]?.body).toMatchObject({ authorization: { security_token: 'SECRETTOKEN00000' } });
  expect(JSON.stringify({ ...sessionStorage })).not.toContain('SECRET');
});

test('asking what became of it sends the same body under the same key without the proof', async () => {
  const sent = server(() => answer(201, { id: 'trf_1' }));
  const intent = newIntent(body);
  await recall(intent);
  expect(sent[0]).toMatchObject({ key: intent.key, body });
  expect(sent[0]?.body).not.toHaveProperty('authorization');
});

const cases: [string, () => Response, string][] = [
  [
    'a lost answer',
    () => {
      throw new TypeError('network');
    },
    'unknown',
  ],
  ['an answer that says so', () => problem(503, 'outcome_unknown', 'unknown'), 'unknown'],
  ['a twin that still runs', () => problem(409, 'request_in_progress', 'not_applied'), 'unknown'],
  ['a proxy that gave up', () => new Response('<html>', { status: 502 }), 'unknown'],
  ['a bug of the server', () => problem(500, 'internal', 'unknown'), 'unknown'],
  ['a busy server', () => problem(503, 'overloaded', 'not_applied'), 'open'],
  ['a mistyped Token', () => problem(403, 'security_token_invalid', 'not_applied'), 'open'],
  ['an ended session', () => problem(401, 'unauthenticated', 'not_applied'), 'open'],
  ['too little money', () => problem(422, 'insufficient_funds', 'not_applied'), 'refused'],
  ['a wrong PIN', () => problem(422, 'proof_wrong', 'not_applied'), 'open'],
  ['a locked PIN', () => problem(423, 'pin_locked', 'not_applied'), 'open'],
  ['a frozen account', () => problem(423, 'account_frozen', 'not_applied'), 'refused'],
];

test.each(cases)('%s', async (_, reply, state) => {
  server(reply);
  expect((await pay(newIntent(body), { security_token: 'T' })).state).toBe(state);
});

test('that nothing is recorded proves something only after a while', async () => {
  server(() => problem(403, 'step_up_required', 'not_applied'));
  const intent = newIntent(body);
  const outcome = await recall(intent);
  expect(settles({ ...intent, sentAt: Date.now() }, outcome)).toBe(false);
  expect(settles({ ...intent, sentAt: Date.now() - GRACE - 1 }, outcome)).toBe(true);
});

test('two intentions never share a key', () => {
  const keys = new Set(Array.from({ length: 100 }, () => newIntent(body).key));
  expect(keys.size).toBe(100);
  for (const key of keys) expect(key).toMatch(/^[0-9a-f]{32}$/);
});
