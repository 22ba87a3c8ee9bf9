export type Summed = {
  created_at: string;
  direction: string;
  money: { amount: number | string; currency: string };
};

export type Totals = { currency: string; out: bigint; income: bigint };

/** What went out and came in, by currency in the order they appear; sums never cross currencies. */
export function totalsOf(records: Summed[]): Totals[] {
  const all: Totals[] = [];
  for (const { direction, money } of records) {
    let totals = all.find((one) => one.currency === money.currency);
    if (!totals) {
      totals = { currency: money.currency, out: 0n, income: 0n };
      all.push(totals);
    }
    if (direction === 'in') totals.income += BigInt(money.amount);
    else totals.out += BigInt(money.amount);
  }
  return all;
}
