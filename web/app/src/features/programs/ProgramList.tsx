import type { AccessToken } from '@tael/api/generated/types.gen';
import { RowContent } from '@tael/ui/row/Row';
import { Empty } from '@tael/ui/states/states';
import { Link } from '@tanstack/react-router';
import { AppOutline } from 'antd-mobile-icons';
import { useTranslation } from 'react-i18next';
import { moment } from '../../lib/moments';
import { usePreferences } from '../../lib/preferences';

export type ProgramState = 'claim_sent' | 'active' | 'suspended' | 'revoked' | 'expired';

/** Programs that may act for the person, and those that may no longer. */
export function ProgramList({ programs }: { programs: AccessToken[] }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  if (programs.length === 0) return <Empty icon={<AppOutline />} title={t('programs.none')} />;
  return (
    <section className="t-card" aria-label={t('me.programs')}>
      <ul className="t-rows">
        {programs.map(({ id, name, state, last_used_at }) => (
          <li key={id}>
            <Link to="/me/programs/$id" params={{ id }} className="t-row">
              <RowContent
                icon={<AppOutline />}
                title={name}
                text={`${t('programs.last_used')} ${
                  last_used_at ? moment(last_used_at, language, 'short') : t('programs.never')
                }`}
                end={
                  <span className={state === 'active' ? 'good' : 'bad'}>
                    {t(`programs.state_${state as ProgramState}`)}
                  </span>
                }
                isLink
              />
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}
