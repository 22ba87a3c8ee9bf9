import './proof.css';
import { Field } from '@tael/ui/field/Field';
import { TokenInput } from '@tael/ui/token-input/TokenInput';
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd-mobile';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCountdown } from '../countdown';
import { FormError } from '../FormError';
import { PasswordField } from '../PasswordField';
import { useErrorText } from '../problems';
import { hasPasskeys, signWith, usePasskeyErrorText } from './passkey';
import {
  type Challenge,
  cleaned,
  isComplete,
  isSent,
  knownMethods,
  type Method,
  type Proof,
  proofOf,
} from './proof';

type Props = {
  methods: string[];
  challenge: (method: Method) => Promise<Challenge>;
  send: (proof: Proof) => Promise<unknown>;
  submit: string;
};

/** Proves that it is you, in one of the ways that are offered. */
export function ProofForm({ methods, challenge, send, submit }: Props) {
  const { t } = useTranslation();
  const offered = knownMethods(methods).filter((one) => one !== 'passkey' || hasPasskeys());
  const [chosen, setChosen] = useState<Method | null>(null);
  const method = chosen ?? offered[0];
  if (!method) return <FormError text={t('proof_by.nothing')} />;
  const others = offered.filter((one) => one !== method);
  return (
    <div className="t-stack">
      {method === 'passkey' ? (
        <ByPasskey challenge={challenge} send={send} />
      ) : (
        <ByTyping key={method} method={method} challenge={challenge} send={send} submit={submit} />
      )}
      {others.length > 0 && (
        <div className="proof__others">
          {others.map((one) => (
            <button key={one} type="button" className="t-plain" onClick={() => setChosen(one)}>
              {t(`proof_by.use_${one}`)}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

type ByProps = Pick<Props, 'challenge' | 'send'>;

function ByPasskey({ challenge, send }: ByProps) {
  const { t } = useTranslation();
  const errorText = usePasskeyErrorText();
  const sign = useMutation({
    mutationFn: async () => {
      const { public_key } = await challenge('passkey');
      if (!public_key) throw new Error('a challenge has something to sign');
      await send(proofOf('passkey', await signWith(public_key)));
    },
  });
  return (
    <>
      <FormError text={sign.error && errorText(sign.error)} />
      <Button
        block
        color="primary"
        size="large"
        loading={sign.isPending}
        onClick={() => sign.mutate()}
      >
        {t('proof_by.use_passkey')}
      </Button>
    </>
  );
}

function ByTyping({
  method,
  challenge,
  send,
  submit,
}: ByProps & { method: Exclude<Method, 'passkey'>; submit: string }) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const [typed, setTyped] = useState('');
  const ask = useMutation({ mutationFn: () => challenge(method) });
  const prove = useMutation({
    mutationFn: () => send(proofOf(method, typed)),
    onError: () => setTyped(''),
  });
  const error = prove.error ?? ask.error;
  const change = (value: string) => setTyped(cleaned(method, value));
  const isWaiting = isSent(method) && !ask.data;
  const label = t(`proof_by.${method}`);
  return (
    <form
      className="t-stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (isWaiting) ask.mutate();
        else prove.mutate();
      }}
    >
      {isWaiting && <p className="t-soft">{t(`proof_by.${method as 'sms' | 'email'}_text`)}</p>}
      {ask.data?.delivered_to && (
        <p className="t-soft">{t('sign_up.code_sent', { contact: ask.data.delivered_to })}</p>
      )}
      {!isWaiting && method === 'password' && (
        <PasswordField
          label={label}
          autoComplete="current-password"
          value={typed}
          onChange={change}
          autoFocus
        />
      )}
      {!isWaiting && method === 'security_token' && (
        <TokenInput label={label} value={typed} onChange={change} autoFocus />
      )}
      {!isWaiting && method !== 'password' && method !== 'security_token' && (
        <Field
          label={label}
          hint={method === 'recovery_code' ? t('proof_by.recovery_code_hint') : undefined}
          type={method === 'pin' ? 'password' : 'text'}
          inputMode={method === 'recovery_code' ? 'text' : 'numeric'}
          autoComplete={method === 'pin' ? 'off' : 'one-time-code'}
          autoCapitalize="off"
          spellCheck={false}
          autoFocus
          value={typed}
          onChange={(event) => change(event.target.value)}
        />
      )}
      <FormError text={error && errorText(error)} />
      <Button
        block
        color="primary"
        size="large"
        type="submit"
        loading={prove.isPending || ask.isPending}
        disabled={!isWaiting && !isComplete(method, typed)}
      >
        {isWaiting ? t('sign_up.send_code') : submit}
      </Button>
      {ask.data && <Again at={ask.data.resend_at} onAsk={() => ask.mutate()} />}
    </form>
  );
}

function Again({ at, onAsk }: { at: string | null | undefined; onAsk: () => void }) {
  const { t } = useTranslation();
  const left = useCountdown(at ?? new Date(0).toISOString());
  return (
    <button type="button" className="t-plain" disabled={left > 0} onClick={onAsk}>
      {left > 0 ? t('sign_up.resend_in', { count: left }) : t('sign_up.resend')}
    </button>
  );
}
