import { postV1FactorsPasskeys, postV1FactorsPasskeysOptions } from '@tael/api/generated/sdk.gen';
import { Field } from '@tael/ui/field/Field';
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd-mobile';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '../../lib/api';
import { deviceName } from '../../lib/device-name';
import { FormError } from '../../lib/FormError';
import { hasPasskeys, makePasskey, usePasskeyErrorText } from '../../lib/proof/passkey';
import { proven } from '../../lib/proof/step-up';
import { refreshPasskeys } from './passkeys';

const NAME_LONGEST = 64;

/** Makes a passkey on this device. */
export function NewPasskey() {
  const { t } = useTranslation();
  const errorText = usePasskeyErrorText();
  const [name, setName] = useState(() => deviceName(navigator.userAgent));
  const add = useMutation({
    mutationFn: async () => {
      const { ticket, public_key } = await proven(() => ask(postV1FactorsPasskeysOptions()));
      const credential = await makePasskey(public_key);
      await ask(postV1FactorsPasskeys({ body: { ticket, name: name.trim(), credential } }));
    },
    onSuccess: refreshPasskeys,
  });
  if (!hasPasskeys()) return <p className="t-card card__form">{t('passkeys.unsupported')}</p>;
  return (
    <form
      className="t-card card__form"
      onSubmit={(event) => {
        event.preventDefault();
        add.mutate();
      }}
    >
      <Field
        label={t('passkeys.name')}
        autoComplete="off"
        maxLength={NAME_LONGEST}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <FormError text={add.error && errorText(add.error)} />
      <Button
        block
        color="primary"
        size="large"
        type="submit"
        loading={add.isPending}
        disabled={name.trim() === ''}
      >
        {t('passkeys.add')}
      </Button>
    </form>
  );
}
