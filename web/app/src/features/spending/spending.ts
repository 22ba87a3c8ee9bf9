import type { Transaction } from '@tael/api/generated/types.gen';
import { monthOf } from '../../lib/moments';

/** A part of a sum, the largest first; `share` in whole percent. */
export type Part = { name: string; amount: bigint; share: number };

export type Spending = {
  out: bigint;
  income: bigint;
  /** Against the month before: positive is more. Null if nothing is known of it. */
  change: bigint | null;
  kinds: Part[];
  people: Part[];
};

const percent = (part: bigint, whole: bigint) =>
  whole === 0n ? 0 : Number((part * 200n + whole) / (whole * 2n));

function partsOf(records: Transaction[], nameOf: (record: Transaction) => string): Part[] {
  const sums = new Map<string, bigint>();
  let whole = 0n;
  for (const record of records) {
    const amount = BigInt(record.money.amount);
    sums.set(nameOf(record), (sums.get(nameOf(record)) ?? 0n) + amount);
    whole += amount;
  }
  return [...sums]
    .map(([name, amount]) => ({ name, amount, share: percent(amount, whole) }))
    .sort((a, b) => (a.amount < b.amount ? 1 : -1));
}

const sum = (records: Transaction[]) =>
  records.reduce((total, { money }) => total + BigInt(money.amount), 0n);

/** Money out by month, the oldest first. */
export function trendOf(records: Transaction[], currency: string, months: string[]): bigint[] {
  const sums = new Map(months.map((month) => [month, 0n]));
  for (const { created_at, direction, money } of records) {
    const month = monthOf(created_at);
    const before = sums.get(month);
    if (before === undefined || direction === 'in' || money.currency !== currency) continue;
    sums.set(month, before + BigInt(money.amount));
  }
  return [...sums.values()];
}

/** One month in one currency. Money that comes in is no spending, nor is a top-up. */
export function spendingOf(
  records: Transaction[],
  currency: string,
  month: string,
  before: string,
): Spending {
  const own = records.filter((record) => record.money.currency === currency);
  const outOf = (one: string) =>
    own.filter((record) => record.direction !== 'in' && monthOf(record.created_at) === one);
  const spent = outOf(month);
  const earlier = own.some((record) => monthOf(record.created_at) <= before);
  const came = own.filter(
    (record) => record.direction === 'in' && monthOf(record.created_at) === month,
  );
  return {
    out: sum(spent),
    income: sum(came),
    change: earlier ? sum(spent) - sum(outOf(before)) : null,
    kinds: partsOf(spent, (record) => record.type),
    people: partsOf(spent, (record) => record.counterparty?.name ?? ''),
  };
}
