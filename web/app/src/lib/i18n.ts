import type { Locale } from '@tael/ui/locale';
import i18next from 'i18next';
import { initReactI18next } from 'react-i18next';
import type en from '../locales/en.json';
import { prefer, preferences } from './preferences';

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'app';
    resources: { app: typeof en };
  }
}

/** One language is loaded, not both. */
const LANGUAGES: Record<Locale, () => Promise<{ default: object }>> = {
  'zh-CN': () => import('../locales/zh-CN.json'),
  en: () => import('../locales/en.json'),
};

async function load(language: Locale) {
  if (i18next.hasResourceBundle(language, 'app')) return;
  const { default: texts } = await LANGUAGES[language]();
  i18next.addResourceBundle(language, 'app', texts);
}

export async function startLanguage() {
  const { language } = preferences();
  await i18next.use(initReactI18next).init({
    lng: language,
    defaultNS: 'app',
    ns: ['app'],
    resources: {},
    returnNull: false,
    interpolation: { escapeValue: false },
    react: { useSuspense: false },
  });
  await load(language);
}

export async function speak(language: Locale) {
  await load(language);
  await i18next.changeLanguage(language);
  prefer({ language });
}
