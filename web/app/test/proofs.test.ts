import type { Factors, SecurityToken } from '@tael/api/generated/types.gen';
import { beforeEach, expect, test } from 'vitest';
import { capsOf, linesOf, noCaps } from '../src/features/programs/programs';
import { owned, rememberSet, usableSets } from '../src/features/transfer/factors';

beforeEach(() => localStorage.clear());

const factors = (part: object): Factors => ({
  passkeys: [],
  password: { changed_at: null },
  pin: { is_set: false, is_void: false },
  recovery_codes: { left: 0 },
  sms: { is_enabled: false },
  totp: { state: 'none' },
  two_step_enabled: false,
  ...part,
});
const token = (state: string) => ({ state }) as SecurityToken;

test('only what the payer has can be given, and a blocked Token is not had', () => {
  expect([
    ...owned([token('blocked')], factors({ pin: { is_set: true, is_void: false } })),
  ]).toEqual(['pin']);
  const has = owned([token('active')], factors({ totp: { state: 'active' } }));
  expect([...has]).toEqual(['security_token', 'totp']);
  const asked = [['passkey'], ['pin', 'totp'], ['security_token'], ['unheard_of']];
  expect(usableSets(asked, has)).toEqual([['security_token']]);
});

test('a PIN that is void pays nothing', () => {
  expect(owned([], factors({ pin: { is_set: true, is_void: true } })).size).toBe(0);
});

test('what was paid with last is offered first', () => {
  const has = owned([token('active')], factors({ pin: { is_set: true, is_void: false } }));
  const asked = [['security_token'], ['pin'], ['pin', 'security_token']];
  expect(usableSets(asked, has)).toEqual(asked);
  rememberSet(['pin', 'security_token']);
  expect(usableSets(asked, has)[0]).toEqual(['pin', 'security_token']);
  rememberSet(['passkey']);
  expect(usableSets(asked, has)).toEqual(asked);
});

test('caps are whole minor units, and none at all is said to be none', () => {
  expect(capsOf(noCaps('CNY'))).toBeNull();
  expect(capsOf({ ...noCaps('CNY'), per_day: '12.5', count_per_day: '3' })).toEqual({
    currency: 'CNY',
    per_day: '1250',
    count_per_day: 3,
  });
  expect(capsOf({ ...noCaps('JPY'), lifetime: '100' })).toEqual({
    currency: 'JPY',
    lifetime: '100',
  });
  expect(capsOf({ ...noCaps('CNY'), per_day: '0' })).toBeNull();
});

test('lines are taken one by one, without the empty ones', () => {
  expect(linesOf(' usr_1 \n\n 203.0.113.0/24\n')).toEqual(['usr_1', '203.0.113.0/24']);
});
