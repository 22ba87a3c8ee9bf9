import {
  getSandboxMessages,
  getV1Inbox,
  getV1Me,
  getV1SecurityTokens,
  getV1Sessions,
  getV1Transactions,
  getV1TransactionsById,
  getV1Wallet,
} from '@tael/api/generated/sdk.gen';
import type { GetV1TransactionsData, Transaction } from '@tael/api/generated/types.gen';
import { infiniteQueryOptions, QueryClient, queryOptions } from '@tanstack/react-query';
import { ask, Refusal } from './api';
import { dayOf } from './moments';

/** A refusal stays a refusal; a fault or a lost answer is worth another try. */
const isWorthAnotherTry = (count: number, error: unknown) =>
  count < 2 && !(error instanceof Refusal && error.problem.status < 500);

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      retry: isWorthAnotherTry,
      networkMode: 'always',
      refetchOnReconnect: true,
    },
    // Money is never sent twice by a machine that does not know the key.
    mutations: { retry: false, networkMode: 'always' },
  },
});

export const meQuery = queryOptions({ queryKey: ['me'], queryFn: () => ask(getV1Me()) });

export const walletQuery = queryOptions({
  queryKey: ['wallet'],
  queryFn: () => ask(getV1Wallet()),
});

export const tokensQuery = queryOptions({
  queryKey: ['tokens'],
  queryFn: () => ask(getV1SecurityTokens({ query: { limit: 100 } })),
});

export const placesQuery = queryOptions({
  queryKey: ['places'],
  queryFn: () => ask(getV1Sessions({ query: { limit: 100 } })),
});

export type RecordFilter = Omit<NonNullable<GetV1TransactionsData['query']>, 'limit' | 'after'>;

export const recentQuery = queryOptions({
  queryKey: ['records', 'recent'],
  queryFn: () => ask(getV1Transactions({ query: { limit: 20 } })),
});

/** The records of one day on this device. */
export const dayQuery = (now: Date) => {
  const { from, to } = dayOf(now);
  return queryOptions({
    queryKey: ['records', 'list', 'day', from],
    queryFn: () => ask(getV1Transactions({ query: { from, to, limit: 100 } })),
  });
};

/** As many records as are added up on a device. */
export const MOST_RECORDS = 2_000;

/** All records since a moment, or as many of the newest as can be added up. */
export const historyQuery = (from: string) =>
  queryOptions({
    queryKey: ['records', 'list', 'history', from],
    queryFn: async () => {
      const records: Transaction[] = [];
      let after: string | undefined;
      do {
        const query = { from, limit: 100, ...(after ? { after } : {}) };
        const page = await ask(getV1Transactions({ query }));
        records.push(...page.data);
        after = page.next ?? undefined;
      } while (after && records.length < MOST_RECORDS);
      return { records, isCut: after !== undefined };
    },
  });

export const recordsQuery = (filter: RecordFilter) =>
  infiniteQueryOptions({
    queryKey: ['records', 'list', filter],
    queryFn: ({ pageParam }) =>
      ask(getV1Transactions({ query: { ...filter, limit: 30, after: pageParam } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
  });

export const recordQuery = (id: string) =>
  queryOptions({
    queryKey: ['records', 'one', id],
    queryFn: () => ask(getV1TransactionsById({ path: { id } })),
  });

export const inboxQuery = infiniteQueryOptions({
  queryKey: ['inbox'],
  queryFn: ({ pageParam }) => ask(getV1Inbox({ query: { limit: 20, after: pageParam } })),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.next ?? undefined,
});

/** The messages that "arrived"; null on a server that does not play. */
export const sandboxQuery = queryOptions({
  queryKey: ['sandbox'],
  queryFn: async () => {
    try {
      return (await ask(getSandboxMessages())).data;
    } catch (error) {
      if (error instanceof Refusal && error.problem.status === 404) return null;
      throw error;
    }
  },
});
