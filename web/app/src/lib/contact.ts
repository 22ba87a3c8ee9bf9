/** How somebody can be named in one line: a phone number, an e-mail address or a user id. */
export type Named = { phone: string } | { email: string } | { user: string } | { account: string };

export function namedBy(typed: string): Named | null {
  const text = typed.trim();
  if (/^usr_[0-9a-z]+$/i.test(text)) return { user: text };
  if (/^acc_[0-9a-z]+$/i.test(text)) return { account: text };
  if (text.includes('@')) return text.length > 3 ? { email: text } : null;
  const digits = text.replace(/[\s().-]/g, '');
  return /^\+?\d{5,15}$/.test(digits) ? { phone: digits } : null;
}
