import {
  deleteV1SecurityTokensById,
  postV1SecurityTokens,
  postV1SecurityTokensByIdActivate,
  postV1SecurityTokensByIdUnblock,
} from '@tael/api/generated/sdk.gen';
import type { SecurityToken } from '@tael/api/generated/types.gen';
import { useMutation } from '@tanstack/react-query';
import { ask } from '../../lib/api';
import { proven } from '../../lib/proof/step-up';
import { queries, tokensQuery } from '../../lib/queries';

export type Channel = 'sms' | 'email' | 'inbox';

/** The states of a Token that need no more attention. */
export const isOver = (state: string) => !['pending', 'active', 'blocked'].includes(state);

export const nameOf = ({ name, delivered_to }: SecurityToken, unnamed: string) =>
  name ?? `${unnamed} · ${delivered_to}`;

/** Another Token; it takes the place of one that is named, once it is active. */
export const requestToken = (channel: Channel, replaces?: string) =>
  ask(postV1SecurityTokens({ body: { channel, ...(replaces ? { replaces } : {}) } }));

export const activateToken = (id: string, token: string) =>
  ask(postV1SecurityTokensByIdActivate({ path: { id }, body: { token } }));

export const cancelToken = (id: string) => ask(deleteV1SecurityTokensById({ path: { id } }));

export const useUnblock = (id: string) =>
  useMutation({
    mutationFn: () => proven(() => ask(postV1SecurityTokensByIdUnblock({ path: { id } }))),
    onSuccess: refreshTokens,
  });

export const refreshTokens = () => queries.invalidateQueries({ queryKey: tokensQuery.queryKey });
