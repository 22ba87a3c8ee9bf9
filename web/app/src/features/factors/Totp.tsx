import {
  deleteV1FactorsTotp,
  postV1FactorsTotp,
  postV1FactorsTotpActivate,
} from '@tael/api/generated/sdk.gen';
import { Field } from '@tael/ui/field/Field';
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd-mobile';
import { QRCodeSVG } from 'qrcode.react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '../../lib/api';
import { CopyButton } from '../../lib/CopyButton';
import { FormError } from '../../lib/FormError';
import { useErrorText } from '../../lib/problems';
import { proven } from '../../lib/proof/step-up';
import './factors.css';
import { refreshFactors } from './factors';

const LENGTH = 6;

type Props = { isActive: boolean; onCodes: (codes: string[]) => void };

/** The authenticator app: a code to scan, then one of its numbers. */
export function Totp({ isActive, onCodes }: Props) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const begin = useMutation({
    mutationFn: () => proven(() => ask(postV1FactorsTotp())),
  });
  const remove = useMutation({
    mutationFn: () => proven(() => ask(deleteV1FactorsTotp())),
    onSuccess: refreshFactors,
  });
  const error = begin.error ?? remove.error;
  return (
    <section className="t-card card__form" aria-labelledby="totp">
      <h2 id="totp" className="card__heading">
        {t('two_step.totp')} {isActive && <span className="good t-small">{t('two_step.on')}</span>}
      </h2>
      <p className="t-soft">{t('two_step.totp_text')}</p>
      <FormError text={error && errorText(error)} />
      {begin.data && !isActive ? (
        <Activate uri={begin.data.uri} secret={begin.data.secret} onCodes={onCodes} />
      ) : isActive ? (
        <Button
          block
          color="danger"
          fill="outline"
          loading={remove.isPending}
          onClick={() => remove.mutate()}
        >
          {t('two_step.totp_remove')}
        </Button>
      ) : (
        <Button block color="primary" loading={begin.isPending} onClick={() => begin.mutate()}>
          {t('two_step.totp_set_up')}
        </Button>
      )}
    </section>
  );
}

function Activate(props: { uri: string; secret: string; onCodes: (codes: string[]) => void }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const [code, setCode] = useState('');
  const activate = useMutation({
    mutationFn: () => ask(postV1FactorsTotpActivate({ body: { code } })),
    onSuccess: async ({ recovery_codes }) => {
      props.onCodes(recovery_codes ?? []);
      await refreshFactors();
    },
    onError: () => setCode(''),
  });
  return (
    <form
      className="t-stack"
      onSubmit={(event) => {
        event.preventDefault();
        activate.mutate();
      }}
    >
      <div className="factors__code">
        <QRCodeSVG value={props.uri} title={t('two_step.totp_code')} marginSize={2} />
      </div>
      <p className="t-small">
        {t('two_step.totp_by_hand')} <code className="factors__secret">{props.secret}</code>
        <CopyButton text={props.secret} label={t('two_step.totp_secret')} kind="secret" />
      </p>
      <Field
        label={t('two_step.totp_number')}
        inputMode="numeric"
        autoComplete="one-time-code"
        value={code}
        onChange={(event) => setCode(event.target.value.replace(/\D/g, '').slice(0, LENGTH))}
      />
      <FormError text={activate.error && errorText(activate.error)} />
      <Button
        block
        color="primary"
        size="large"
        type="submit"
        loading={activate.isPending}
        disabled={code.length < LENGTH}
      >
        {t('two_step.turn_on')}
      </Button>
    </form>
  );
}
