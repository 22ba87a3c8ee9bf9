/** Characters of a Token, and how many stand together. */
export const TOKEN_LENGTH = 16;
const GROUP = 4;

/** The significant characters of what was typed or pasted. */
export const tokenOf = (typed: string): string =>
  typed
    .toUpperCase()
    .replace(/[^0-9A-Z]/g, '')
    .slice(0, TOKEN_LENGTH);

/** `70YMHZEJ03…` → `70YM-HZEJ-03…` */
export const grouped = (token: string): string =>
  (tokenOf(token).match(new RegExp(`.{1,${GROUP}}`, 'g')) ?? []).join('-');

/** Where the caret stands after grouping, if `significant` characters stand before it. */
export const caretAfter = (significant: number): number =>
  significant + Math.max(0, Math.ceil(significant / GROUP) - 1);
