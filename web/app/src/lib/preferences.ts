import type { Locale } from '@tael/ui/locale';
import { useSyncExternalStore } from 'react';
import { device } from './storage';

export type Preferences = {
  language: Locale;
  theme: 'auto' | 'light' | 'dark';
  text: 'normal' | 'large';
  hidesSums: boolean;
};

const NAME = 'preferences';

const spoken = (): Locale => (navigator.language.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en');

let current: Preferences = {
  language: spoken(),
  theme: 'auto',
  text: 'normal',
  hidesSums: false,
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
