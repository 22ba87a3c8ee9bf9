import {
  deleteV1SecurityTokensById,
  postV1SecurityTokens,
  postV1SecurityTokensByIdActivate,
} from '@tael/api/generated/sdk.gen';
import { ask } from '../../lib/api';
import { queries, tokensQuery } from '../../lib/queries';

export type Channel = 'sms' | 'email' | 'inbox';

/** The states of a Token that need no more attention. */
export const isOver = (state: string) => state !== 'pending' && state !== 'active';

export const requestToken = (channel: Channel) => ask(postV1SecurityTokens({ body: { channel } }));

export const activateToken = (id: string, token: string) =>
  ask(postV1SecurityTokensByIdActivate({ path: { id }, body: { token } }));

export const cancelToken = (id: string) => ask(deleteV1SecurityTokensById({ path: { id } }));

export const refreshTokens = () => queries.invalidateQueries({ queryKey: tokensQuery.queryKey });
