import type { SecurityToken } from '@tael/api/generated/types.gen';
import { Facts } from '@tael/ui/row/Row';
import { Button } from 'antd-mobile';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FormError } from '../../lib/FormError';
import { moment } from '../../lib/moments';
import { usePreferences } from '../../lib/preferences';
import { useErrorText } from '../../lib/problems';
import { type Act, TokenSheet } from './TokenSheet';
import { type Channel, nameOf, useUnblock } from './tokens';

/** A Token that authorises now, or would if it were not blocked; and all that can be done to it. */
export function Active({ token }: { token: SecurityToken }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const { language } = usePreferences();
  const [act, setAct] = useState<Act | null>(null);
  const unblock = useUnblock(token.id);
  const isBlocked = token.state === 'blocked';
  const name = nameOf(token, t('token.unnamed'));
  return (
    <section className="t-card" aria-labelledby={token.id}>
      <h2 id={token.id} className={`card__title ${isBlocked ? 'bad' : ''}`}>
        {t(isBlocked ? 'token.blocked' : 'token.active')}
      </h2>
      <Facts
        facts={[
          [t('token.name'), name],
          [t('token.channel'), t(`channel.${token.channel as Channel}`)],
          token.activated_at
            ? [t('token.activated_at'), moment(token.activated_at, language, 'full')]
            : null,
          [
            t('token.used'),
            token.last_used_at
              ? moment(token.last_used_at, language, 'short')
              : t('token.never_used'),
          ],
          [t('token.valid_until'), moment(token.expires_at, language, 'day')],
        ]}
      />
      {isBlocked && <p className="card__text">{t('token.blocked_text')}</p>}
      <div className="card__form">
        <FormError text={unblock.error && errorText(unblock.error)} />
        {isBlocked && (
          <Button
            block
            color="primary"
            loading={unblock.isPending}
            onClick={() => unblock.mutate()}
          >
            {t('token.unblock')}
          </Button>
        )}
        <div className="acts">
          <Button size="small" onClick={() => setAct('rename')}>
            {t('token.rename')}
          </Button>
          <Button size="small" onClick={() => setAct('history')}>
            {t('token.more')}
          </Button>
          {!isBlocked && (
            <Button size="small" color="danger" fill="outline" onClick={() => setAct('block')}>
              {t('token.block')}
            </Button>
          )}
          <Button size="small" color="danger" fill="outline" onClick={() => setAct('cancel')}>
            {t('token.cancel')}
          </Button>
        </div>
      </div>
      <TokenSheet token={token} act={act} onClose={() => setAct(null)} />
    </section>
  );
}
