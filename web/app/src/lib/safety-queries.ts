import {
  getV1Closing,
  getV1Contacts,
  getV1Devices,
  getV1Factors,
  getV1Freezes,
  getV1Limits,
  getV1PasswordPolicy,
  getV1Preferences,
  getV1Security,
  getV1SecurityReview,
  getV1Verifications,
} from '@tael/api/generated/sdk.gen';
import { queryOptions } from '@tanstack/react-query';
import { ask } from './api';

export const factorsQuery = queryOptions({
  queryKey: ['factors'],
  queryFn: () => ask(getV1Factors()),
});

export const devicesQuery = queryOptions({
  queryKey: ['devices'],
  queryFn: () => ask(getV1Devices()),
});

export const contactsQuery = queryOptions({
  queryKey: ['contacts'],
  queryFn: () => ask(getV1Contacts()),
});

export const freezesQuery = queryOptions({
  queryKey: ['freezes'],
  queryFn: () => ask(getV1Freezes({ query: { limit: 100 } })),
});

export const limitsQuery = queryOptions({
  queryKey: ['limits'],
  queryFn: () => ask(getV1Limits()),
});

export const verificationsQuery = queryOptions({
  queryKey: ['verifications'],
  queryFn: () => ask(getV1Verifications()),
});

/** What the server keeps for a person, wherever they sign in. */
export const wishesQuery = queryOptions({
  queryKey: ['wishes'],
  queryFn: () => ask(getV1Preferences()),
});

export const securityQuery = queryOptions({
  queryKey: ['security'],
  queryFn: () => ask(getV1Security()),
});

export const closingQuery = queryOptions({
  queryKey: ['closing'],
  queryFn: () => ask(getV1Closing()),
});

export const passwordPolicyQuery = queryOptions({
  queryKey: ['password-policy'],
  queryFn: () => ask(getV1PasswordPolicy()),
  staleTime: Number.POSITIVE_INFINITY,
});

export const reviewQuery = queryOptions({
  queryKey: ['security', 'review'],
  queryFn: () => ask(getV1SecurityReview()),
});
