/** The rules that a password can fail, as the server names them. */
export const RULES = [
  'length',
  'letter',
  'digit',
  'symbol',
  'too_long',
  'common',
  'personal',
  'guessable',
] as const;
export type Rule = (typeof RULES)[number];

const SHORTEST = 10;
/** From this length on it is a passphrase, which needs no classes of characters. */
const PASSPHRASE = 20;
const LONGEST = 128;

/** Which rules can be seen here while typing; the others only the server judges. */
export function brokenRules(password: string): Rule[] {
  const length = [...password].length;
  const isPhrase = length >= PASSPHRASE;
  const broken: [Rule, boolean][] = [
    ['length', length < SHORTEST],
    ['letter', !isPhrase && !/\p{L}/u.test(password)],
    ['digit', !isPhrase && !/\p{Nd}/u.test(password)],
    ['symbol', !isPhrase && !/[^\p{L}\p{N}]/u.test(password)],
    ['too_long', length > LONGEST],
  ];
  return broken.filter(([, is]) => is).map(([rule]) => rule);
}

export const isRule = (name: string): name is Rule => (RULES as readonly string[]).includes(name);
