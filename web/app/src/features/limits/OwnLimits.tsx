import { postV1Limits } from '@tael/api/generated/sdk.gen';
import type { LimitWindow } from '@tael/api/generated/types.gen';
import { Field } from '@tael/ui/field/Field';
import { acceptAmount, decimalOf, minorOf } from '@tael/ui/money/format';
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd-mobile';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '../../lib/api';
import { FormError } from '../../lib/FormError';
import { useErrorText } from '../../lib/problems';
import { proven } from '../../lib/proof/step-up';
import { queries } from '../../lib/queries';
import { limitsQuery } from '../../lib/safety-queries';

type Props = { currency: string; windows: LimitWindow[]; onDone: () => void };

/** Limits of one's own: lower at once, higher with a fresh proof. */
export function OwnLimits({ currency, windows, onDone }: Props) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const now = (name: string) => {
    const own = windows.find(({ window }) => window === name)?.own_max;
    return own ? decimalOf(own.amount, currency) : '';
  };
  const [one, setOne] = useState(() => now('payment'));
  const [day, setDay] = useState(() => now('day'));
  const [perPayment, perDay] = [minorOf(one, currency), minorOf(day, currency)];
  const save = useMutation({
    mutationFn: () =>
      proven(() =>
        ask(
          postV1Limits({
            body: {
              currency,
              ...(perPayment ? { per_payment: perPayment.toString() } : {}),
              ...(perDay ? { per_day: perDay.toString() } : {}),
            },
          }),
        ),
      ),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: limitsQuery.queryKey });
      onDone();
    },
  });
  return (
    <form
      className="t-stack"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      <p className="t-soft">{t('limits.change_text')}</p>
      <Field
        label={`${t('limits.payment')} (${currency})`}
        inputMode="decimal"
        autoComplete="off"
        value={one}
        onChange={(event) => setOne(acceptAmount(one, event.target.value, currency))}
      />
      <Field
        label={`${t('limits.day')} (${currency})`}
        inputMode="decimal"
        autoComplete="off"
        value={day}
        onChange={(event) => setDay(acceptAmount(day, event.target.value, currency))}
      />
      <FormError text={save.error && errorText(save.error)} />
      <Button
        block
        color="primary"
        size="large"
        type="submit"
        loading={save.isPending}
        disabled={perPayment === null && perDay === null}
      >
        {t('common.save')}
      </Button>
    </form>
  );
}
