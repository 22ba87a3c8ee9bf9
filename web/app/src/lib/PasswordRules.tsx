import './entrance.css';
import { useTranslation } from 'react-i18next';

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
  'leaked',
  'reused',
] as const;
export type Rule = (typeof RULES)[number];

export const isRule = (name: string): name is Rule => (RULES as readonly string[]).includes(name);

type Props = { rules: Rule[]; failed: string[]; passed: string[] };

/** The rules, as they are met while somebody types. */
export function PasswordRules({ rules, failed, passed }: Props) {
  const { t } = useTranslation();
  const stateOf = (rule: Rule) =>
    failed.includes(rule) ? 'broken' : passed.includes(rule) ? 'kept' : 'open';
  return (
    <ul className="rules" aria-label={t('sign_up.rules')}>
      {rules.map((rule) => (
        <li key={rule} className={`rules__rule rules__rule--${stateOf(rule)}`}>
          <span aria-hidden="true">{{ kept: '✓', broken: '✗', open: '○' }[stateOf(rule)]}</span>
          <span>{t(`password_rule.${rule}`)}</span>
          {stateOf(rule) === 'kept' && <span className="t-hidden">{t('sign_up.rule_kept')}</span>}
        </li>
      ))}
    </ul>
  );
}
