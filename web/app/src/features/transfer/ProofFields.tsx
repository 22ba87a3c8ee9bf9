import { Field } from '@tael/ui/field/Field';
import { Segmented } from '@tael/ui/segmented/Segmented';
import { TOKEN_LENGTH } from '@tael/ui/token-input/groups';
import { TokenInput } from '@tael/ui/token-input/TokenInput';
import { useMutation } from '@tanstack/react-query';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { FormError } from '../../lib/FormError';
import { PIN_LENGTH, PinField } from '../../lib/PinField';
import { useErrorText } from '../../lib/problems';
import { type Factor, keyOf, type ProofSet } from './factors';

/** What was typed of each proof. */
export type Typed = Partial<Record<Factor, string>>;

const LENGTHS: Partial<Record<Factor, number>> = {
  security_token: TOKEN_LENGTH,
  pin: PIN_LENGTH,
  totp: 6,
  sms: 6,
};

export const isComplete = (set: ProofSet, typed: Typed) =>
  set.every((factor) => (typed[factor] ?? '').length >= (LENGTHS[factor] ?? 0));

const wordsOf = (t: TFunction, set: ProofSet): string => {
  const [one = '', other] = set.map((factor) => t(`transfer.with_${factor}`));
  return other ? t('transfer.with_and', { one, other }) : one;
};

type ChoiceProps = { sets: ProofSet[]; set: ProofSet; onChoose: (set: ProofSet) => void };

/** By which proofs to pay, where there is a choice. */
export function ProofChoice({ sets, set, onChoose }: ChoiceProps) {
  const { t } = useTranslation();
  if (sets.length < 2) return null;
  return (
    <Segmented
      label={t('transfer.with')}
      value={keyOf(set)}
      choices={sets.map((one) => [keyOf(one), wordsOf(t, one)])}
      onChange={(key) => onChoose(sets.find((one) => keyOf(one) === key) ?? set)}
    />
  );
}

type Props = {
  set: ProofSet;
  typed: Typed;
  onType: (typed: Typed) => void;
  sendCode: () => Promise<unknown>;
};

/** The proofs of one set, each in its own field; the first of them takes the focus. */
export function ProofFields({ set, typed, onType, sendCode }: Props) {
  const { t } = useTranslation();
  const type = (factor: Factor) => (value: string) => onType({ ...typed, [factor]: value });
  return (
    <>
      {set.map((factor, at) => {
        const isFirst = at === 0;
        const value = typed[factor] ?? '';
        switch (factor) {
          case 'security_token':
            return (
              <TokenInput
                key={factor}
                label={t('transfer.token')}
                hint={t('transfer.token_hint')}
                value={value}
                onChange={type(factor)}
                autoFocus={isFirst}
              />
            );
          case 'pin':
            return (
              <PinField
                key={factor}
                label={t('proof_by.pin')}
                hint={t('transfer.token_hint')}
                value={value}
                onChange={type(factor)}
                autoFocus={isFirst}
              />
            );
          case 'passkey':
            return (
              <p key={factor} className="t-soft">
                {t('transfer.passkey_text')}
              </p>
            );
          case 'sms':
            return <Sms key={factor} value={value} onType={type(factor)} sendCode={sendCode} />;
          case 'totp':
            return (
              <Digits
                key={factor}
                label={t('proof_by.totp')}
                value={value}
                onType={type(factor)}
                autoFocus={isFirst}
              />
            );
          default:
            return factor satisfies never;
        }
      })}
    </>
  );
}

type DigitsProps = {
  label: string;
  value: string;
  onType: (digits: string) => void;
  autoFocus?: boolean;
};

function Digits({ label, value, onType, autoFocus = false }: DigitsProps) {
  return (
    <Field
      label={label}
      inputMode="numeric"
      autoComplete="one-time-code"
      autoFocus={autoFocus}
      value={value}
      onChange={(event) => onType(event.target.value.replace(/\D/g, '').slice(0, 6))}
    />
  );
}

function Sms({ value, onType, sendCode }: Omit<DigitsProps, 'label'> & Pick<Props, 'sendCode'>) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const send = useMutation({ mutationFn: sendCode });
  return (
    <>
      <Digits label={t('proof_by.sms')} value={value} onType={onType} />
      <FormError text={send.error && errorText(send.error)} />
      <button
        type="button"
        className="t-plain"
        disabled={send.isPending}
        onClick={() => send.mutate()}
      >
        {t(send.isSuccess ? 'sign_up.resend' : 'sign_up.send_code')}
      </button>
    </>
  );
}
