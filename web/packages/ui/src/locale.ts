import { createContext, useContext } from 'react';

export type Locale = 'zh-CN' | 'en';

/** The language in which sums and moments are printed. */
export const LocaleContext = createContext<Locale>('en');

export const useLocale = (): Locale => useContext(LocaleContext);
