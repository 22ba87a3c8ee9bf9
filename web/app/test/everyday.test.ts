import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { spendingOf, trendOf } from '../src/features/spending/spending';
import { copy, STAY } from '../src/lib/clipboard';
import { dayOf } from '../src/lib/moments';
import { payLinkOf, payUrl, readCode } from '../src/lib/paylink';
import { prefer } from '../src/lib/preferences';
import { startVeil } from '../src/lib/veil';

const HERE = 'https://wallet.example';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('a code leads to a payment here, or nowhere', () => {
  const link = { to: 'usr_35x27j4ycyk8e', amount: '8.80', currency: 'CNY', note: 'tea & 饼' };
  expect(readCode(payUrl(HERE, link), HERE)).toEqual({ kind: 'pay', link });
  expect(readCode(' usr_35x27j4ycyk8e ', HERE)).toEqual({ kind: 'pay', link: { to: link.to } });
  expect(readCode(payUrl('https://evil.example', link), HERE)).toEqual({
    kind: 'foreign',
    host: 'evil.example',
  });
  expect(readCode(`${HERE}/q#abc123`, HERE)).toEqual({ kind: 'confirm', nonce: 'abc123' });
  for (const text of ['', 'hello', 'javascript:alert(1)', `${HERE}/me`, `${HERE}/transfer`]) {
    expect([text, readCode(text, HERE)]).toEqual([text, { kind: 'unknown' }]);
  }
});

test('what cannot be meant is dropped from a link', () => {
  expect(payLinkOf({ to: 13800000001, amount: '1e9', currency: 'cny', other: 'x' })).toEqual({
    to: '13800000001',
  });
  expect(payLinkOf({ to: ['a'], note: 'x'.repeat(201) })).toEqual({});
});

const record = (day: string, direction: string, amount: number, name: string | null, more = {}) =>
  ({
    id: day,
    type: name === null ? 'top_up' : 'transfer',
    direction,
    created_at: new Date(`${day}T12:00:00`).toISOString(),
    money: { amount, currency: 'CNY' },
    counterparty: name === null ? null : { name, account: `acc_${name}` },
    ...more,
  }) as unknown as Parameters<typeof spendingOf>[0][number];

const records = [
  record('2026-11-20', 'out', 7_500, 'A***'),
  record('2026-11-20', 'out', 500, 'B***'),
  record('2026-11-03', 'in', 90_000, null),
  record('2026-11-02', 'out', 2_000, 'A***'),
  record('2026-11-01', 'out', 9, 'U***', { money: { amount: 9, currency: 'USD' } }),
  record('2026-10-30', 'out', 4_000, 'B***'),
];

test('a month is what went out of it, in one currency', () => {
  const seen = spendingOf(records, 'CNY', '2026-11', '2026-10');
  expect([seen.out, seen.income, seen.change]).toEqual([10_000n, 90_000n, 6_000n]);
  expect(seen.people).toEqual([
    { name: 'A***', amount: 9_500n, share: 95 },
    { name: 'B***', amount: 500n, share: 5 },
  ]);
  expect(spendingOf(records, 'CNY', '2026-10', '2026-09').change).toBeNull();
  expect(spendingOf(records, 'USD', '2026-11', '2026-10').out).toBe(9n);
});

test('months stand side by side, also those without records', () => {
  expect(trendOf(records, 'CNY', ['2026-09', '2026-10', '2026-11'])).toEqual([0n, 4_000n, 10_000n]);
});

test('a day ends where the next one begins', () => {
  const evening = new Date(2026, 10, 30, 23, 59);
  expect(dayOf(evening).to).toBe(dayOf(new Date(2026, 11, 1)).from);
});

test('a secret does not stay on the clipboard, another text does', async () => {
  let clipboard = '';
  vi.spyOn(document, 'hasFocus').mockReturnValue(true);
  vi.spyOn(navigator.clipboard, 'writeText').mockImplementation(async (text) => {
    clipboard = text;
  });
  vi.spyOn(navigator.clipboard, 'readText').mockImplementation(async () => clipboard);
  await copy('70YM-HZEJ-03AQ-G0HD', 'secret');
  await vi.advanceTimersByTimeAsync(STAY - 1);
  expect(clipboard).toBe('70YM-HZEJ-03AQ-G0HD');
  await vi.advanceTimersByTimeAsync(1);
  expect(clipboard).toBe('');
  await copy('70YM-HZEJ-03AQ-G0HD', 'secret');
  clipboard = 'something else';
  await vi.advanceTimersByTimeAsync(STAY);
  expect(clipboard).toBe('something else');
});

test('the screen is covered while nobody looks, if that is wanted', () => {
  startVeil();
  const look = (state: 'hidden' | 'visible') => {
    vi.spyOn(document, 'visibilityState', 'get').mockReturnValue(state);
    document.dispatchEvent(new Event('visibilitychange'));
    return document.documentElement.hasAttribute('data-veiled');
  };
  expect(look('hidden')).toBe(true);
  expect(look('visible')).toBe(false);
  prefer({ veils: false });
  expect(look('hidden')).toBe(false);
});
