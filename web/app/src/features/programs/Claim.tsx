import { postV1AccessTokensByIdClaim } from '@tael/api/generated/sdk.gen';
import { Field } from '@tael/ui/field/Field';
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd-mobile';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '../../lib/api';
import { CopyButton } from '../../lib/CopyButton';
import { FormError } from '../../lib/FormError';
import { useErrorText } from '../../lib/problems';
import { refreshPrograms } from './programs';

type Props = { id: string; to: string; onSecret: (secret: string) => void };

/** The code that arrived is given for the secret. */
export function Claim({ id, to, onSecret }: Props) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const [code, setCode] = useState('');
  const claim = useMutation({
    mutationFn: () =>
      ask(postV1AccessTokensByIdClaim({ path: { id }, body: { code: code.trim() } })),
    onSuccess: async ({ secret }) => {
      onSecret(secret);
      await refreshPrograms();
    },
    onError: () => setCode(''),
  });
  return (
    <form
      className="t-card card__form"
      onSubmit={(event) => {
        event.preventDefault();
        claim.mutate();
      }}
    >
      <h2 className="card__heading">{t('programs.claim')}</h2>
      <p className="t-soft">
        {t('programs.claim_text', { to: to === 'inbox' ? t('token.to_inbox') : to })}
      </p>
      <Field
        label={t('programs.claim_code')}
        autoComplete="one-time-code"
        autoCapitalize="off"
        spellCheck={false}
        value={code}
        onChange={(event) => setCode(event.target.value)}
      />
      <FormError text={claim.error && errorText(claim.error)} />
      <Button
        block
        color="primary"
        size="large"
        type="submit"
        loading={claim.isPending}
        disabled={code.trim() === ''}
      >
        {t('programs.claim')}
      </Button>
    </form>
  );
}

/** The only time that the secret is seen. */
export function Secret({ secret, onKept }: { secret: string; onKept: () => void }) {
  const { t } = useTranslation();
  return (
    <section className="t-card card__form" aria-labelledby="secret">
      <h2 id="secret" className="card__heading">
        {t('programs.secret')}
      </h2>
      <p>{t('programs.secret_text')}</p>
      <code className="narrow__lines">{secret}</code>
      <CopyButton
        text={secret}
        label={t('programs.secret')}
        shownLabel={t('common.copy')}
        kind="secret"
      />
      <Button block color="primary" size="large" onClick={onKept}>
        {t('programs.kept')}
      </Button>
    </section>
  );
}
