import { deleteV1FactorsSms, postV1FactorsSms } from '@tael/api/generated/sdk.gen';
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd-mobile';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '../../lib/api';
import { FormError } from '../../lib/FormError';
import { useErrorText } from '../../lib/problems';
import { proven } from '../../lib/proof/step-up';
import { refreshFactors } from './factors';

type Props = { isOn: boolean; to: string | null };

/** Codes by text message: better than nothing, and it says why. */
export function Sms({ isOn, to }: Props) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const [hasRead, setRead] = useState(false);
  const turn = useMutation({
    mutationFn: () =>
      proven<unknown>(() =>
        isOn ? ask(deleteV1FactorsSms()) : ask(postV1FactorsSms({ body: { accept_notice: true } })),
      ),
    onSuccess: refreshFactors,
  });
  return (
    <section className="t-card card__form" aria-labelledby="sms">
      <h2 id="sms" className="card__heading">
        {t('two_step.sms')} {isOn && <span className="good t-small">{t('two_step.on')}</span>}
      </h2>
      <p className="t-soft">{isOn && to ? t('two_step.sms_to', { to }) : t('two_step.sms_text')}</p>
      {!isOn && (
        <label className="consent">
          <input
            type="checkbox"
            checked={hasRead}
            onChange={(event) => setRead(event.target.checked)}
          />
          <span>{t('two_step.sms_notice')}</span>
        </label>
      )}
      <FormError text={turn.error && errorText(turn.error)} />
      <Button
        block
        color={isOn ? 'danger' : 'primary'}
        fill={isOn ? 'outline' : 'solid'}
        loading={turn.isPending}
        disabled={!isOn && !hasRead}
        onClick={() => turn.mutate()}
      >
        {t(isOn ? 'two_step.turn_off' : 'two_step.turn_on')}
      </Button>
    </section>
  );
}
