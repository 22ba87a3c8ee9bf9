import type { Locale } from '@tael/ui/locale';

const SHAPES = {
  full: { dateStyle: 'medium', timeStyle: 'medium' },
  short: { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' },
  day: { dateStyle: 'medium' },
  time: { hour: '2-digit', minute: '2-digit' },
  month: { year: 'numeric', month: 'long' },
  month_short: { month: 'short' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>;

export type Shape = keyof typeof SHAPES;

const formats = new Map<string, Intl.DateTimeFormat>();

/** A moment (RFC 3339) as people of this language write it, in the time zone of the device. */
export function moment(at: string, locale: Locale, shape: Shape): string {
  const key = `${locale} ${shape}`;
  const format = formats.get(key) ?? new Intl.DateTimeFormat(locale, SHAPES[shape]);
  formats.set(key, format);
  return format.format(new Date(at));
}

/** The month of a moment on this device, `2026-11`: what records are grouped by. */
export function monthOf(at: string): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}`;
}

/** The first moment of a month and of the next one. */
export function boundsOf(month: string): { from: string; to: string } {
  const [year = 1970, number = 1] = month.split('-').map(Number);
  return {
    from: new Date(year, number - 1, 1).toISOString(),
    to: new Date(year, number, 1).toISOString(),
  };
}

/** The newest months, `2026-11` first. */
export function lastMonths(count: number, now: Date): string[] {
  return Array.from({ length: count }, (_, ago) => {
    const month = new Date(now.getFullYear(), now.getMonth() - ago, 1);
    return `${month.getFullYear()}-${String(month.getMonth() + 1).padStart(2, '0')}`;
  });
}

/** The first moment of the day on this device, and of the next one. */
export function dayOf(now: Date): { from: string; to: string } {
  const at = (offset: number) =>
    new Date(now.getFullYear(), now.getMonth(), now.getDate() + offset).toISOString();
  return { from: at(0), to: at(1) };
}
