import type { AccessToken, Caps } from '@tael/api/generated/types.gen';
import { Money } from '@tael/ui/money/Money';
import { Facts } from '@tael/ui/row/Row';
import { useTranslation } from 'react-i18next';
import { moment } from '../../lib/moments';
import { usePreferences } from '../../lib/preferences';
import type { ProgramState } from './ProgramList';
import { SCOPES, SUMS, scopeKey } from './programs';

/** What a program may, and what it did with it. */
export function ProgramFacts({ program }: { program: AccessToken }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { state, scopes, payees, ips, caps, last_used_at, expires_at } = program;
  return (
    <section className="t-card" aria-label={program.name}>
      <Facts
        facts={[
          [t('programs.state'), t(`programs.state_${state as ProgramState}`)],
          [
            t('programs.scopes'),
            SCOPES.filter((scope) => scopes.includes(scope))
              .map((scope) => t(scopeKey(scope)))
              .join(' · '),
          ],
          ...(caps ? capFacts(caps) : []).map(([name, fact]) => [t(name), fact] as const),
          caps && [t('programs.payees'), payees.join(', ') || t('programs.everybody')],
          [t('programs.ips'), ips.join(', ') || t('programs.everywhere')],
          [t('programs.until'), moment(expires_at, language, 'full')],
          [
            t('programs.last_used'),
            last_used_at ? moment(last_used_at, language, 'full') : t('programs.never'),
          ],
        ]}
      />
    </section>
  );
}

function capFacts(caps: Caps) {
  const sums = SUMS.flatMap((name) => {
    const sum = caps[name];
    return sum ? [[`programs.${name}`, <Money key={name} {...sum} />] as const] : [];
  });
  const count = caps.count_per_day
    ? [['programs.count_per_day', `${caps.count_today} / ${caps.count_per_day}`] as const]
    : [];
  return [
    ...sums,
    ...count,
    ['programs.used_today', <Money key="today" {...caps.used_today} />] as const,
    ['programs.used_in_all', <Money key="all" {...caps.used_in_all} />] as const,
  ];
}
