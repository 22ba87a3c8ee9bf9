/** What somebody asks for with a link or a code: whom to pay, and perhaps how much and what for. */
export type PayLink = { to: string; amount?: string; currency?: string; note?: string };

/** What a scanned text turns out to be. */
export type Code =
  | { kind: 'pay'; link: PayLink }
  /** Another device asks to be confirmed from here. */
  | { kind: 'confirm'; nonce: string }
  /** A code of a wallet somewhere else. */
  | { kind: 'foreign'; host: string }
  | { kind: 'unknown' };

const FIELDS = ['to', 'amount', 'currency', 'note'] as const;
const LONGEST = 200;

/** The fields of a link that can be meant; whatever else stands there is dropped. */
export function payLinkOf(fields: Record<string, unknown>): Partial<PayLink> {
  const link: Partial<PayLink> = {};
  for (const name of FIELDS) {
    const value = fields[name];
    // A search such as `?to=13800000001` is read as a number by some routers.
    const text = typeof value === 'number' ? String(value) : value;
    if (typeof text === 'string' && text !== '' && text.length <= LONGEST) link[name] = text;
  }
  if (link.amount && !/^\d{1,12}(\.\d{1,3})?$/.test(link.amount)) delete link.amount;
  if (link.currency && !/^[A-Z]{3}$/.test(link.currency)) delete link.currency;
  return link;
}

export function payUrl(origin: string, link: PayLink): string {
  const url = new URL('/transfer', origin);
  for (const name of FIELDS) {
    const value = link[name];
    if (value) url.searchParams.set(name, value);
  }
  return url.href;
}

export function readCode(text: string, origin: string): Code {
  const typed = text.trim();
  if (/^(usr|acc)_[0-9a-z]+$/.test(typed)) return { kind: 'pay', link: { to: typed } };
  let url: URL;
  try {
    url = new URL(typed);
  } catch {
    return { kind: 'unknown' };
  }
  if (!/^https?:$/.test(url.protocol)) return { kind: 'unknown' };
  const isPay = url.pathname === '/transfer';
  const isConfirm = url.pathname === '/q' && url.hash.length > 1;
  if (!isPay && !isConfirm) return { kind: 'unknown' };
  if (url.origin !== origin) return { kind: 'foreign', host: url.host };
  if (isConfirm) return { kind: 'confirm', nonce: url.hash.slice(1) };
  const { to, ...rest } = payLinkOf(Object.fromEntries(url.searchParams));
  return to ? { kind: 'pay', link: { to, ...rest } } : { kind: 'unknown' };
}
