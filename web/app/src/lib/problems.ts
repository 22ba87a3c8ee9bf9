import type { LimitSize } from '@tael/api/generated/types.gen';
import type { Locale } from '@tael/ui/locale';
import { countText, moneyText } from '@tael/ui/money/format';
import i18next from 'i18next';
import { useTranslation } from 'react-i18next';
import { isLost, type Problem, Refusal } from './api';
import { moment } from './moments';
import { preferences } from './preferences';
import { Canceled } from './proof/step-up';

/** What a refusal says to a person: the sentence of its code, and what the answer adds to it. */
export function problemText(problem: Problem): string {
  const { language } = preferences();
  const known = `problem.${problem.code}`;
  const sentence = i18next.exists(known) ? i18next.t(known as never) : problem.title;
  const more: string[] = [sentence];
  if (typeof problem.attempts_left === 'number') {
    more.push(i18next.t('error.attempts', { count: problem.attempts_left }));
  }
  if (problem.limit) {
    const limit = limitText(problem.limit, language);
    more.push(i18next.t('error.limit', { limit }));
  }
  if (problem.resets_at) {
    const time = moment(problem.resets_at, language, 'short');
    more.push(i18next.t('error.resets_at', { time }));
  }
  if (problem.retry_at) {
    const time = moment(problem.retry_at, language, 'time');
    more.push(i18next.t('error.retry_at', { time }));
  }
  return more.join(language === 'zh-CN' ? '' : ' ');
}

/** A sum of money, or a number of payments. */
function limitText(limit: LimitSize, language: Locale): string {
  return typeof limit === 'number'
    ? countText(limit, language)
    : moneyText(limit.amount, limit.currency, language);
}

export function errorText(error: unknown): string {
  if (error instanceof Canceled) return '';
  if (error instanceof Refusal) return problemText(error.problem);
  return i18next.t(isLost(error) ? 'error.lost' : 'error.unexpected');
}

/** Texts of errors that follow the language as it is switched. */
export function useErrorText(): (error: unknown) => string {
  useTranslation();
  return errorText;
}
