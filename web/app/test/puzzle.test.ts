// @vitest-environment node
import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { workingFetch } from '../src/lib/puzzle/fetch';
import { type Challenge, solve } from '../src/lib/puzzle/solve';

const hashed = (text: string) => createHash('sha256').update(text).digest('hex');

const challengeFor = (number: number, maxnumber = 2047): Challenge => ({
  algorithm: 'SHA-256',
  challenge: hashed(`salt?expires=1&${number}`),
  maxnumber,
  salt: 'salt?expires=1&',
  signature: 'ab',
});

const refusal = (challenge: unknown) =>
  new Response(JSON.stringify({ code: 'proof_of_work_required', status: 403, challenge }), {
    status: 403,
  });

test('the number is found wherever it is', async () => {
  for (const number of [0, 511, 512, 1500, 2047])
    expect(await solve(challengeFor(number))).toBe(number);
  expect(await solve(challengeFor(2048))).toBeNull();
});

test('a request is repeated whole, with the work it was asked for', async () => {
  const asked: { body: string; shown: string | null }[] = [];
  const server: typeof fetch = async (input) => {
    const request = input as Request;
    const shown = request.headers.get('tael-proof-of-work');
    asked.push({ body: await request.text(), shown });
    return shown === null ? refusal(challengeFor(700)) : new Response('{}', { status: 202 });
  };
  const ask = workingFetch(solve, server);
  const body = JSON.stringify({ email: 'a@example.com' });
  const answer = await ask('https://wallet.example/v1/registrations', { method: 'POST', body });
  expect(answer.status).toBe(202);
  expect(asked.map((request) => request.body)).toEqual([body, body]);
  expect(JSON.parse(atob(asked[1]?.shown ?? ''))).toEqual({
    algorithm: 'SHA-256',
    challenge: challengeFor(700).challenge,
    number: 700,
    salt: 'salt?expires=1&',
    signature: 'ab',
  });
});

test('other refusals are left as they are, and an answer that asks again is not worked for twice', async () => {
  let calls = 0;
  const once = (answer: () => Response) => {
    calls = 0;
    const server: typeof fetch = async () => {
      calls += 1;
      return answer();
    };
    return workingFetch(solve, server)('https://wallet.example/v1/recoveries', { method: 'POST' });
  };
  const plain = await once(() => new Response('{"code":"csrf_refused"}', { status: 403 }));
  expect([plain.status, calls, await plain.json()]).toEqual([403, 1, { code: 'csrf_refused' }]);
  const strange = { ...challengeFor(1), algorithm: 'SHA-1' };
  expect([(await once(() => refusal(strange))).status, calls]).toEqual([403, 1]);
  expect([(await once(() => refusal(challengeFor(1)))).status, calls]).toEqual([403, 2]);
});
