import { deleteV1SessionsById } from '@tael/api/generated/sdk.gen';
import { useSyncExternalStore } from 'react';
import { ask } from './api';
import { touch } from './idle';
import { queries, sandboxQuery } from './queries';
import { clearTab, device } from './storage';

/**
 * Whether this browser was signed in when last seen. The session itself is a cookie that no script
 * can read; this note only spares a visitor a request that would be refused.
 */
const NAME = 'signed-in';
let isSignedIn = device.read<boolean>(NAME) ?? false;
const listeners = new Set<() => void>();

function note(now: boolean) {
  isSignedIn = now;
  if (now) device.keep(NAME, true);
  else device.forget(NAME);
  for (const listener of listeners) listener();
}

export const wasSignedIn = () => isSignedIn;

export function useSignedIn(): boolean {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, wasSignedIn);
}

/** Forgets what was loaded for a person; what the server plays concerns everybody. */
const forgetLoaded = () =>
  queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sandboxQuery.queryKey[0] });

/** The cookie is set: from now on this is somebody's wallet. */
export function signedIn() {
  forgetLoaded();
  touch();
  note(true);
}

/** The session has ended, here or elsewhere. */
export function signedOut() {
  clearTab();
  forgetLoaded();
  note(false);
}

/** Ends the session on the server; {@link signedOut} follows once the wallet is no longer shown. */
export const endSession = () => ask(deleteV1SessionsById({ path: { id: 'current' } }));
