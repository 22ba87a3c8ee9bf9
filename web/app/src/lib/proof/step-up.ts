import { useSyncExternalStore } from 'react';
import { codeOf, Refusal } from '../api';

/** A sensitive act that waits for a fresh proof. */
export type Asked = { purpose: string; resource: string; methods: string[] };
type Waiting = Asked & { go: () => void; stop: (why: Error) => void };

/** The person closed the question; nothing was done. */
export class Canceled extends Error {
  override readonly name = 'Canceled';
}

let waiting: Waiting | null = null;
const listeners = new Set<() => void>();

function wait(next: Waiting | null) {
  waiting = next;
  for (const listener of listeners) listener();
}

export function askedOf(error: unknown): Asked | null {
  if (!(error instanceof Refusal) || codeOf(error) !== 'step_up_required') return null;
  const { purpose, resource, methods } = error.problem as Partial<Asked>;
  return purpose ? { purpose, resource: resource ?? '', methods: methods ?? [] } : null;
}

/**
 * Does something sensitive. If the server wants a fresh proof first, the person is asked for it and
 * the act is tried once more.
 */
export async function proven<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const asked = askedOf(error);
    if (!asked) throw error;
    await new Promise<void>((go, stop) => wait({ ...asked, go, stop }));
    return act();
  }
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const useAsked = () => useSyncExternalStore(subscribe, () => waiting);

export function granted() {
  const { go } = waiting ?? {};
  wait(null);
  go?.();
}

export function cancel() {
  const { stop } = waiting ?? {};
  wait(null);
  stop?.(new Canceled('the question was closed'));
}
