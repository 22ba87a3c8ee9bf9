import { getV1AccessTokens, getV1AccessTokensById } from '@tael/api/generated/sdk.gen';
import type { Caps, CapsBody } from '@tael/api/generated/types.gen';
import { decimalOf, minorOf } from '@tael/ui/money/format';
import { queryOptions } from '@tanstack/react-query';
import { ask } from '../../lib/api';
import { queries } from '../../lib/queries';

/** `resource:verb`, as the API has them; a text may not have a colon in its key. */
export const SCOPES = [
  'wallet:read',
  'transactions:read',
  'transfers:create',
  'top_ups:create',
  'receipts:read',
  'inbox:read',
  'profile:read',
  'stream:read',
] as const;
export type Scope = (typeof SCOPES)[number];
export const PAYS: Scope = 'transfers:create';

type Underlined<T extends string> = T extends `${infer A}:${infer B}` ? `${A}_${B}` : never;
export const scopeKey = (scope: Scope) =>
  `programs.scope_${scope.replace(':', '_') as Underlined<Scope>}` as const;

export const programsQuery = queryOptions({
  queryKey: ['programs'],
  queryFn: () => ask(getV1AccessTokens({ query: { limit: 100 } })),
});

export const programQuery = (id: string) =>
  queryOptions({
    queryKey: ['programs', id],
    queryFn: () => ask(getV1AccessTokensById({ path: { id } })),
  });

export const refreshPrograms = () =>
  queries.invalidateQueries({ queryKey: programsQuery.queryKey });

export const SUMS = ['per_payment', 'per_day', 'per_month', 'lifetime'] as const;

/** Caps as they are typed. */
export type TypedCaps = Record<(typeof SUMS)[number] | 'count_per_day', string> & {
  currency: string;
};

export const noCaps = (currency: string): TypedCaps => ({
  currency,
  per_payment: '',
  per_day: '',
  per_month: '',
  lifetime: '',
  count_per_day: '',
});

/** Caps that are set, to be changed. */
export function typedCaps(caps: Caps): TypedCaps {
  const { currency } = caps.used_in_all;
  const typed = noCaps(currency);
  for (const name of SUMS) {
    const sum = caps[name];
    if (sum) typed[name] = decimalOf(sum.amount, currency);
  }
  if (caps.count_per_day) typed.count_per_day = String(caps.count_per_day);
  return typed;
}

/** What is sent; null while nothing is capped. */
export function capsOf(typed: TypedCaps): CapsBody | null {
  const body: CapsBody = { currency: typed.currency };
  for (const name of SUMS) {
    const minor = minorOf(typed[name], typed.currency);
    if (minor !== null) body[name] = minor.toString();
  }
  const count = Number.parseInt(typed.count_per_day, 10);
  if (count > 0) body.count_per_day = count;
  return Object.keys(body).length > 1 ? body : null;
}

/** One a line, without empty ones. */
export const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
