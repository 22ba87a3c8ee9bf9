import type { Locale } from '../locale';

/** Minor units as the API sends them: a number, or digits where a number would lose some. */
export type Minor = number | string | bigint;

/** Digits after the point, ISO 4217; every other enabled currency has two. */
const EXPONENTS: Record<string, number> = { JPY: 0, KRW: 0, KWD: 3 };

export const exponentOf = (currency: string): number => EXPONENTS[currency] ?? 2;

/** `123456` → `1234.56`; exact for any size. */
export function decimalOf(minor: Minor, currency: string): string {
  const value = BigInt(minor);
  const exponent = exponentOf(currency);
  const digits = (value < 0n ? -value : value).toString().padStart(exponent + 1, '0');
  const whole = digits.slice(0, digits.length - exponent);
  const fraction = digits.slice(digits.length - exponent);
  return `${value < 0n ? '-' : ''}${whole}${exponent > 0 ? `.${fraction}` : ''}`;
}

/** What a person typed, as minor units; null while it is not a sum above zero. */
export function minorOf(typed: string, currency: string): bigint | null {
  const exponent = exponentOf(currency);
  const match = /^(\d{1,15})(?:\.(\d*))?$/.exec(typed.trim());
  if (!match) return null;
  const fraction = match[2] ?? '';
  if (fraction.length > exponent) return null;
  const minor = BigInt(`${match[1]}${fraction.padEnd(exponent, '0')}`);
  return minor > 0n ? minor : null;
}

/** Takes only what can become a sum of this currency; anything else leaves `before` as it was. */
export function acceptAmount(before: string, typed: string, currency: string): string {
  const plain = typed.replace(/[,，\s]/g, '').replace('。', '.');
  if (plain === '') return '';
  const whole = plain.startsWith('.') ? `0${plain}` : plain.replace(/^0+(?=\d)/, '');
  const exponent = exponentOf(currency);
  const shape = exponent > 0 ? new RegExp(`^\\d{1,12}(\\.\\d{0,${exponent}})?$`) : /^\d{1,12}$/;
  return shape.test(whole) ? whole : before;
}

export type Sign = 'auto' | 'always' | 'never';

const formats = new Map<string, Intl.NumberFormat>();

function formatOf(currency: string, locale: Locale, sign: Sign): Intl.NumberFormat {
  const key = `${locale} ${currency} ${sign}`;
  const known = formats.get(key);
  if (known) return known;
  const exponent = exponentOf(currency);
  const made = new Intl.NumberFormat(locale, {
    style: 'currency',
    currency,
    signDisplay: sign,
    minimumFractionDigits: exponent,
    maximumFractionDigits: exponent,
  });
  formats.set(key, made);
  return made;
}

/** The parts of a printed sum; from the decimal string, so that no digit is lost. */
export function moneyParts(
  minor: Minor,
  currency: string,
  locale: Locale,
  sign: Sign = 'auto',
): Intl.NumberFormatPart[] {
  const decimal = decimalOf(minor, currency) as Intl.StringNumericLiteral;
  return formatOf(currency, locale, sign).formatToParts(decimal);
}

export const moneyText = (minor: Minor, currency: string, locale: Locale, sign?: Sign): string =>
  moneyParts(minor, currency, locale, sign)
    .map((part) => part.value)
    .join('');

/** A number of things, with the separators of the language. */
export const countText = (count: number, locale: Locale): string =>
  new Intl.NumberFormat(locale).format(count);
