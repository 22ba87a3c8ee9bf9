import { type Summed, type Totals, totalsOf } from '../../lib/totals';

export type MonthGroup<T> = { month: string; records: T[]; totals: Totals[] };

/** Records by month in the order they come. */
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
  }
  for (const group of groups) group.totals = totalsOf(group.records);
  return groups;
}
