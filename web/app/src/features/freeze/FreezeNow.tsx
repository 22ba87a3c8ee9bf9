import { postV1Freezes } from '@tael/api/generated/sdk.gen';
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd-mobile';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '../../lib/api';
import { FormError } from '../../lib/FormError';
import { useErrorText } from '../../lib/problems';
import { refreshFreezes } from './freezes';

/** One tap stops all money that goes out, with no further question. */
export function FreezeNow() {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const [stopsAll, setStopsAll] = useState(false);
  const freeze = useMutation({
    mutationFn: () => ask(postV1Freezes({ body: { kind: stopsAll ? 'all' : 'debit' } })),
    onSuccess: refreshFreezes,
  });
  return (
    <section className="t-card card__form">
      <p>{t('freeze.text')}</p>
      <label className="consent">
        <input
          type="checkbox"
          checked={stopsAll}
          onChange={(event) => setStopsAll(event.target.checked)}
        />
        <span>{t('freeze.all')}</span>
      </label>
      <FormError text={freeze.error && errorText(freeze.error)} />
      <Button
        block
        color="danger"
        size="large"
        loading={freeze.isPending}
        onClick={() => freeze.mutate()}
      >
        {t('freeze.now')}
      </Button>
    </section>
  );
}
