import type { DoneTransfer } from '@tael/api/generated/types.gen';
import { Bones } from '@tael/ui/states/states';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Button } from 'antd-mobile';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FormError } from '../../lib/FormError';
import type { Outcome } from '../../lib/intent';
import { usePasskeyErrorText } from '../../lib/proof/passkey';
import { queries, tokensQuery } from '../../lib/queries';
import { factorsQuery } from '../../lib/safety-queries';
import { approveByCode, approveByPasskey, openApproval, sendCode } from './approval';
import { keyOf, owned, type ProofSet, rememberSet, usableSets } from './factors';
import { isComplete, ProofChoice, ProofFields, type Typed } from './ProofFields';
import { type Proofs, pay, type TransferIntent } from './transfer';

type Props = {
  intent: TransferIntent;
  /** The sets of proofs of which one is wanted. */
  asked: string[][];
  setBusy: (isBusy: boolean) => void;
  onOutcome: (outcome: Outcome<DoneTransfer>) => void;
};

/** Takes the proofs that the payment needs, of those that the payer has. */
export function Authorise({ asked, ...rest }: Props) {
  const { t } = useTranslation();
  const tokens = useQuery(tokensQuery);
  const factors = useQuery(factorsQuery);
  const [wanted, setWanted] = useState(asked);
  if (!tokens.data || !factors.data) return <Bones label={t('common.loading')} lines={2} />;
  const sets = usableSets(wanted, owned(tokens.data.data, factors.data));
  if (wanted.length === 0) return <Form {...rest} sets={[[]]} onWanted={setWanted} />;
  if (sets.length === 0) return <Nothing wanted={wanted} />;
  return <Form {...rest} sets={sets} onWanted={setWanted} />;
}

type FormProps = Omit<Props, 'asked'> & {
  sets: ProofSet[];
  onWanted: (sets: string[][]) => void;
};

function Form({ intent, sets, onWanted, setBusy, onOutcome }: FormProps) {
  const { t } = useTranslation();
  const errorText = usePasskeyErrorText();
  const [chosen, setChosen] = useState<string | null>(null);
  const [typed, setTyped] = useState<Typed>({});
  const [error, setError] = useState<unknown>(null);
  const [isSending, setSending] = useState(false);
  const approval = useRef<Promise<string> | null>(null);
  const set = sets.find((one) => keyOf(one) === chosen) ?? sets[0] ?? [];
  /** One approval for this payment, whoever asks for it first; after a failure another one. */
  const approved = () => {
    approval.current ??= openApproval(intent.body).catch((failure: unknown) => {
      approval.current = null;
      throw failure;
    });
    return approval.current;
  };
  const proofs = async (): Promise<Proofs> => {
    const { security_token, pin, totp, sms } = typed;
    const given: Proofs = {};
    if (set.includes('security_token') && security_token) given.security_token = security_token;
    if (set.includes('pin') && pin) given.pin = pin;
    if (set.includes('totp') && totp) given.totp = totp;
    if (set.includes('sms') && sms) await approveByCode(await approved(), sms);
    if (set.includes('passkey')) await approveByPasskey(await approved());
    if (set.includes('sms') || set.includes('passkey')) given.approval = await approved();
    return given;
  };
  const send = async () => {
    const outcome = await pay(intent, await proofs());
    if (outcome.state !== 'open') {
      if (outcome.state === 'done') rememberSet(set);
      return onOutcome(outcome);
    }
    const { factor_sets: more } = outcome.error.problem;
    if (more && more.length > 0) onWanted(more);
    approval.current = null;
    throw outcome.error;
  };
  const submit = async () => {
    setBusy(true);
    setSending(true);
    try {
      await send();
    } catch (failure) {
      setTyped({});
      setError(failure);
      void queries.invalidateQueries({ queryKey: tokensQuery.queryKey });
      void queries.invalidateQueries({ queryKey: factorsQuery.queryKey });
    } finally {
      setBusy(false);
      setSending(false);
    }
  };
  return (
    <form
      className="t-stack"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <ProofChoice sets={sets} set={set} onChoose={(one) => setChosen(keyOf(one))} />
      <ProofFields
        key={keyOf(set)}
        set={set}
        typed={typed}
        onType={setTyped}
        sendCode={async () => sendCode(await approved())}
      />
      <FormError text={error === null ? null : errorText(error)} />
      <Button
        block
        color="primary"
        size="large"
        type="submit"
        loading={isSending}
        disabled={!isComplete(set, typed)}
      >
        {t('transfer.pay')}
      </Button>
    </form>
  );
}

/** The payer has none of the proofs that this payment needs: where to get them. */
function Nothing({ wanted }: { wanted: string[][] }) {
  const { t } = useTranslation();
  const could = new Set(wanted.flat());
  return (
    <>
      <p>{t('transfer.no_token')}</p>
      {could.has('security_token') && (
        <Link to="/me/token" className="linkbutton">
          {t('sign_up.get_token')}
        </Link>
      )}
      {could.has('pin') && (
        <Link to="/me/pin" className="linkrow">
          {t('transfer.set_pin')}
        </Link>
      )}
      {could.has('passkey') && (
        <Link to="/me/passkeys" className="linkrow">
          {t('transfer.set_passkey')}
        </Link>
      )}
    </>
  );
}
