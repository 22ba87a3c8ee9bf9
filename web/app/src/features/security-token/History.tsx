import type { SecurityToken } from '@tael/api/generated/types.gen';
import { RowContent } from '@tael/ui/row/Row';
import { useTranslation } from 'react-i18next';
import { moment } from '../../lib/moments';
import { usePreferences } from '../../lib/preferences';
import type { Channel } from './tokens';

type Over = 'blocked' | 'canceled' | 'expired' | 'activation_expired';

export function History({ tokens }: { tokens: SecurityToken[] }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  if (tokens.length === 0) return null;
  return (
    <section className="t-card" aria-labelledby="history">
      <h2 id="history" className="card__title">
        {t('token.history')}
      </h2>
      <ul className="t-rows">
        {tokens.map((token) => (
          <li key={token.id} className="t-row">
            <RowContent
              title={t(`token_state.${token.state as Over}`)}
              text={t(`channel.${token.channel as Channel}`)}
              end={moment(token.created_at, language, 'short')}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}
