import type { Locale } from '@tael/ui/locale';
import { useSyncExternalStore } from 'react';
import { device } from './storage';

export type Preferences = {
  language: Locale;
  theme: 'auto' | 'light' | 'dark';
  text: 'normal' | 'large';
  hidesSums: boolean;
  /** Minutes without a touch after which the wallet is signed out; 0 is never. */
  locksAfter: 0 | 5 | 15 | 60;
  /** Covers the screen while the app is not looked at. */
  veils: boolean;
};

const NAME = 'preferences';

const spoken = (): Locale => (navigator.language.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en');

let current: Preferences = {
  language: spoken(),
  theme: 'auto',
  text: 'normal',
  hidesSums: false,
  // NIST SP 800-63B-4 ends a session of AAL2 after an hour at most; a wallet is left lying about.
  locksAfter: 15,
  veils: true,
  ...device.read<Partial<Preferences>>(NAME),
};
const listeners = new Set<() => void>();

/** Shows on the page what is chosen; the style sheet does the rest. */
export function applyPreferences() {
  const page = document.documentElement;
  page.lang = current.language;
  page.dataset.theme = current.theme;
  page.dataset.text = current.text;
}

export const preferences = (): Preferences => current;

export function prefer(change: Partial<Preferences>) {
  current = { ...current, ...change };
  device.keep(NAME, current);
  applyPreferences();
  for (const listener of listeners) listener();
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export const usePreferences = (): Preferences => useSyncExternalStore(subscribe, preferences);
