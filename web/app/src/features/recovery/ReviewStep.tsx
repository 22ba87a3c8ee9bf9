import { postV1RecoveriesByIdReview } from '@tael/api/generated/sdk.gen';
import { Field } from '@tael/ui/field/Field';
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd-mobile';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '../../lib/api';
import { FormError } from '../../lib/FormError';
import { useErrorText } from '../../lib/problems';
import type { StepProps } from './recovery';

/** Everything is lost: people will look at it. */
export function ReviewStep({ change, id }: StepProps & { id: string }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const [at, setAt] = useState('');
  const [statement, setStatement] = useState('');
  const send = useMutation({
    mutationFn: () => {
      const typed = at.trim();
      const reach = typed.includes('@') ? { email: typed } : { phone: typed };
      const body = { reach_me_at: reach, statement: statement.trim() };
      return ask(postV1RecoveriesByIdReview({ path: { id }, body }));
    },
    onSuccess: () => change({ step: 'reviewed' }),
  });
  return (
    <form
      className="entrance__form"
      onSubmit={(event) => {
        event.preventDefault();
        send.mutate();
      }}
    >
      <p className="t-soft">{t('recover.review')}</p>
      <Field
        label={t('recover.reach')}
        hint={t('recover.reach_hint')}
        value={at}
        onChange={(event) => setAt(event.target.value)}
      />
      <Field
        label={t('recover.statement')}
        hint={t('recover.statement_hint')}
        maxLength={1000}
        value={statement}
        onChange={(event) => setStatement(event.target.value)}
      />
      <FormError text={send.error && errorText(send.error)} />
      <Button
        block
        color="primary"
        size="large"
        type="submit"
        loading={send.isPending}
        disabled={at.trim() === '' || statement.trim() === ''}
      >
        {t('recover.send_review')}
      </Button>
      <button type="button" className="t-plain" onClick={() => change({ step: 'more' })}>
        {t('common.back')}
      </button>
    </form>
  );
}
