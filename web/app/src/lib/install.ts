import { useSyncExternalStore } from 'react';

/** The browser's offer to install the app, which it makes once and early. */
type Offer = Event & { prompt: () => Promise<void> };

let offer: Offer | null = null;
const listeners = new Set<() => void>();
const tell = () => {
  for (const listener of listeners) listener();
};

window.addEventListener('beforeinstallprompt', (event) => {
  event.preventDefault();
  offer = event as Offer;
  tell();
});

window.addEventListener('appinstalled', () => {
  offer = null;
  tell();
});

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

/** Installs the app, if this browser offers it. */
export function useInstall(): (() => void) | null {
  const current = useSyncExternalStore(subscribe, () => offer);
  return current && (() => void current.prompt());
}
