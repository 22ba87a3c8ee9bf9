import { postV1Closing } from '@tael/api/generated/sdk.gen';
import { Field } from '@tael/ui/field/Field';
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd-mobile';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '../../lib/api';
import { FormError } from '../../lib/FormError';
import { useErrorText } from '../../lib/problems';
import { proven } from '../../lib/proof/step-up';

/** Nothing stands in the way: the phrase is typed, so that no stray tap closes a wallet. */
export function ClosingForm({ onDone }: { onDone: () => void }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const [phrase, setPhrase] = useState('');
  const wanted = t('closing.phrase');
  const close = useMutation({
    mutationFn: () => proven(() => ask(postV1Closing({ body: { phrase: phrase.trim() } }))),
    onSuccess: onDone,
  });
  return (
    <form
      className="t-card card__form"
      onSubmit={(event) => {
        event.preventDefault();
        close.mutate();
      }}
    >
      <p>{t('closing.text')}</p>
      <Field
        label={t('closing.type', { phrase: wanted })}
        autoComplete="off"
        value={phrase}
        onChange={(event) => setPhrase(event.target.value)}
      />
      <FormError text={close.error && errorText(close.error)} />
      <Button
        block
        color="danger"
        size="large"
        type="submit"
        loading={close.isPending}
        disabled={phrase.trim() !== wanted}
      >
        {t('me.closing')}
      </Button>
    </form>
  );
}
