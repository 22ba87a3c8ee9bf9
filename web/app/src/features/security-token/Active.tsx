import type { SecurityToken } from '@tael/api/generated/types.gen';
import { Facts } from '@tael/ui/row/Row';
import { Sheet } from '@tael/ui/sheet/Sheet';
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd-mobile';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FormError } from '../../lib/FormError';
import { moment } from '../../lib/moments';
import { usePreferences } from '../../lib/preferences';
import { useErrorText } from '../../lib/problems';
import { type Channel, cancelToken, refreshTokens } from './tokens';

/** The Token that authorises now; ends after one more question. */
export function Active({ token }: { token: SecurityToken }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const { language } = usePreferences();
  const [isAsking, setAsking] = useState(false);
  const cancel = useMutation({
    mutationFn: () => cancelToken(token.id),
    onSuccess: async () => {
      setAsking(false);
      await refreshTokens();
    },
  });
  return (
    <section className="t-card" aria-labelledby="active">
      <h2 id="active" className="card__title">
        {t('token.active')}
      </h2>
      <Facts
        facts={[
          [t('token.channel'), t(`channel.${token.channel as Channel}`)],
          token.activated_at
            ? [t('token.activated_at'), moment(token.activated_at, language, 'full')]
            : null,
          [t('token.valid_until'), moment(token.expires_at, language, 'day')],
        ]}
      />
      <div className="card__text">
        <Button block color="danger" fill="outline" onClick={() => setAsking(true)}>
          {t('token.cancel')}
        </Button>
      </div>
      <Sheet
        title={t('token.cancel_sure')}
        closeLabel={t('common.close')}
        isOpen={isAsking}
        onClose={() => setAsking(false)}
      >
        <div className="t-stack">
          <p>{t('token.cancel_text')}</p>
          <FormError text={cancel.error && errorText(cancel.error)} />
          <Button
            block
            color="danger"
            size="large"
            loading={cancel.isPending}
            onClick={() => cancel.mutate()}
          >
            {t('token.cancel')}
          </Button>
          <Button block size="large" onClick={() => setAsking(false)}>
            {t('token.keep')}
          </Button>
        </div>
      </Sheet>
    </section>
  );
}
