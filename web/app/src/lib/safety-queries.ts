import {
  getV1Closing,
  getV1Contacts,
  getV1Devices,
  getV1Factors,
  getV1PasswordPolicy,
  getV1Security,
  getV1SecurityReview,
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
