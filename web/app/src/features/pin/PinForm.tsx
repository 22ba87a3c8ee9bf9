import { postV1Pin, postV1PinChange, postV1PinReset } from '@tael/api/generated/sdk.gen';
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd-mobile';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '../../lib/api';
import { FormError } from '../../lib/FormError';
import { PIN_LENGTH, PinField } from '../../lib/PinField';
import { useErrorText } from '../../lib/problems';
import { proven } from '../../lib/proof/step-up';

type Props = { kind: 'set' | 'change' | 'reset'; onDone: () => void };

/** The payment PIN: typed twice, since nobody sees it. */
export function PinForm({ kind, onDone }: Props) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const [old, setOld] = useState('');
  const [pin, setPin] = useState('');
  const [again, setAgain] = useState('');
  const send = useMutation({
    mutationFn: () =>
      proven<unknown>(() => {
        if (kind === 'change') return ask(postV1PinChange({ body: { old_pin: old, pin } }));
        if (kind === 'reset') return ask(postV1PinReset({ body: { pin } }));
        return ask(postV1Pin({ body: { pin } }));
      }),
    onSuccess: onDone,
  });
  const differs = again.length === PIN_LENGTH && again !== pin;
  const isReady = pin.length === PIN_LENGTH && again === pin;
  return (
    <form
      className="t-card card__form"
      onSubmit={(event) => {
        event.preventDefault();
        send.mutate();
      }}
    >
      {kind === 'change' && <PinField label={t('pin.old')} value={old} onChange={setOld} />}
      <PinField label={t('pin.next')} hint={t('pin.rules')} value={pin} onChange={setPin} />
      <PinField label={t('pin.again')} value={again} onChange={setAgain} />
      <FormError text={differs ? t('pin.differs') : send.error && errorText(send.error)} />
      <Button
        block
        color="primary"
        size="large"
        type="submit"
        loading={send.isPending}
        disabled={!isReady || (kind === 'change' && old.length < PIN_LENGTH)}
      >
        {t('pin.save')}
      </Button>
    </form>
  );
}
