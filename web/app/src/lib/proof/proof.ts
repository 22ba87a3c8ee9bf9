/** Ways to prove that it is you, as the server names them. */
export const METHODS = [
  'passkey',
  'totp',
  'security_token',
  'pin',
  'sms',
  'email',
  'password',
  'recovery_code',
] as const;
export type Method = (typeof METHODS)[number];

/** The field of a request that carries each proof. */
const FIELDS = {
  passkey: 'passkey',
  totp: 'totp',
  security_token: 'security_token',
  pin: 'pin',
  sms: 'sms_code',
  email: 'email_code',
  password: 'password',
  recovery_code: 'recovery_code',
} as const satisfies Record<Method, string>;

export type Proof = Record<string, string | Record<string, unknown>>;

/** What a challenge answers: where a code went, or what a passkey has to sign. */
export type Challenge = {
  delivered_to?: string | null;
  resend_at?: string | null;
  public_key?: Record<string, unknown> | null;
};

/** The methods that this app can ask for, the most convenient first. */
export const knownMethods = (offered: string[]): Method[] =>
  METHODS.filter((method) => offered.includes(method));

export const proofOf = (method: Method, value: string | Record<string, unknown>): Proof => ({
  [FIELDS[method]]: value,
});

/** A code travels first. */
export const isSent = (method: Method) => method === 'sms' || method === 'email';

/** The characters that count of what was typed. */
export function cleaned(method: Method, typed: string): string {
  switch (method) {
    case 'totp':
    case 'sms':
    case 'email':
    case 'pin':
      return typed.replace(/\D/g, '').slice(0, 6);
    case 'recovery_code':
      return typed.trim();
    default:
      return typed;
  }
}

export const isComplete = (method: Method, typed: string): boolean => {
  if (method === 'security_token') return typed.length === 16;
  if (['totp', 'sms', 'email', 'pin'].includes(method)) return typed.length === 6;
  return typed.length > 0;
};
