type Summed = {
  created_at: string;
  direction: string;
  money: { amount: number | string; currency: string };
};

export type Totals = { currency: string; out: bigint; income: bigint };
export type MonthGroup<T> = { month: string; records: T[]; totals: Totals[] };

/** Records by month in the order they come; sums never cross currencies. */
export function monthsOf<T extends Summed>(
  records: T[],
  monthOf: (at: string) => string,
): MonthGroup<T>[] {
  const groups: MonthGroup<T>[] = [];
  for (const record of records) {
    const month = monthOf(record.created_at);
    let group = groups.at(-1);
    if (group?.month !== month) {
      group = { month, records: [], totals: [] };
      groups.push(group);
    }
    group.records.push(record);
    const { amount, currency } = record.money;
    let totals = group.totals.find((one) => one.currency === currency);
    if (!totals) {
      totals = { currency, out: 0n, income: 0n };
      group.totals.push(totals);
    }
    if (record.direction === 'in') totals.income += BigInt(amount);
    else totals.out += BigInt(amount);
  }
  return groups;
}

/** The newest months, `2026-11` first. */
export function lastMonths(count: number, now: Date): string[] {
  return Array.from({ length: count }, (_, ago) => {
    const month = new Date(now.getFullYear(), now.getMonth() - ago, 1);
    return `${month.getFullYear()}-${String(month.getMonth() + 1).padStart(2, '0')}`;
  });
}
