import { expect, test } from 'vitest';
import { monthsOf } from '../src/features/records/months';
import { namedBy } from '../src/lib/contact';
import { deviceName } from '../src/lib/device-name';
import { boundsOf, lastMonths, monthOf } from '../src/lib/moments';
import { initialOf } from '../src/lib/RecordRow';

test('a line names a phone, a mailbox, a user or an account', () => {
  expect(namedBy('138 0000-0001')).toEqual({ phone: '13800000001' });
  expect(namedBy(' +44 20 7946 0958 ')).toEqual({ phone: '+442079460958' });
  expect(namedBy('lin@example.com')).toEqual({ email: 'lin@example.com' });
  expect(namedBy('usr_35x27j4ycyk8e')).toEqual({ user: 'usr_35x27j4ycyk8e' });
  expect(namedBy('acc_35x27j4ycyj07')).toEqual({ account: 'acc_35x27j4ycyj07' });
  for (const nobody of ['', '12', 'lin', '@', '+']) expect(namedBy(nobody)).toBeNull();
});

test('a masked name is known by what can be seen of it', () => {
  expect(initialOf('**远')).toBe('远');
  expect(initialOf(' a*** M***')).toBe('A');
  expect(initialOf('***')).toBe('·');
});

test('months are summed by currency', () => {
  const record = (day: string, direction: string, amount: number, currency: string) => ({
    created_at: `2026-${day}T12:00:00Z`,
    direction,
    money: { amount, currency },
  });
  const groups = monthsOf(
    [
      record('11-20', 'out', 100, 'CNY'),
      record('11-03', 'in', 250, 'CNY'),
      record('11-02', 'out', 7, 'USD'),
      record('10-30', 'out', 1, 'CNY'),
    ],
    monthOf,
  );
  expect(groups.map((group) => [group.month, group.records.length])).toEqual([
    ['2026-11', 3],
    ['2026-10', 1],
  ]);
  expect(groups[0]?.totals).toEqual([
    { currency: 'CNY', out: 100n, income: 250n },
    { currency: 'USD', out: 7n, income: 0n },
  ]);
});

test('a month begins where the next one before it ends', () => {
  expect(boundsOf('2026-12').to).toBe(boundsOf('2027-01').from);
  expect(lastMonths(3, new Date(2026, 0, 15))).toEqual(['2026-01', '2025-12', '2025-11']);
});

test('devices have names', () => {
  const chrome =
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36';
  expect(deviceName(chrome)).toBe('Chrome · Linux');
  expect(deviceName('curl/8')).toBe('curl/8');
  expect(deviceName('')).toBe('?');
});
