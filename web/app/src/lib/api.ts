import { client } from '@tael/api/generated/client.gen';
import type { FieldError, LimitView, Problem as Told } from '@tael/api/generated/types.gen';
import { preferences } from './preferences';
import { solveAside, workingFetch } from './puzzle/fetch';

/** The body of an answer that is not a success. */
export type Problem = Omit<Told, keyof LimitView> & Partial<LimitView> & { errors?: FieldError[] };

/** The server said no, or that it failed. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(readonly problem: Problem) {
    super(problem.code);
  }
}

/** No answer came, or none that can be read. Whether a write was done is not known. */
export class Lost extends Error {
  override readonly name = 'Lost';
}

const isProblem = (body: unknown): body is Problem =>
  typeof body === 'object' && body !== null && 'code' in body && 'status' in body;

type Answer<T> = { data?: T; error?: unknown; response?: Response };

/** Waits for an answer of the generated client; throws {@link Refusal} or {@link Lost}. */
export async function ask<T>(call: Promise<Answer<T>>): Promise<T> {
  const answer = await call.catch((error: unknown): Answer<T> => ({ error }));
  if (answer.response?.ok && answer.error === undefined) return answer.data as T;
  if (isProblem(answer.error)) throw new Refusal(answer.error);
  throw new Lost(String(answer.error ?? 'no answer'));
}

export const codeOf = (error: unknown): string | null =>
  error instanceof Refusal ? error.problem.code : null;

export const isLost = (error: unknown): error is Lost => error instanceof Lost;

/** A money call waits this long at most; then its outcome is looked up under its key. */
export const PATIENCE = 15_000;

export function startClient() {
  client.setConfig({
    baseUrl: '',
    credentials: 'same-origin',
    fetch: workingFetch(solveAside, (input, init) => globalThis.fetch(input, init)),
  });
  client.interceptors.request.use((request) => {
    request.headers.set('accept-language', preferences().language);
    return request;
  });
}
