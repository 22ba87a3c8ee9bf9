import { AmountPad } from '@tael/ui/amount-pad/AmountPad';
import { minorOf } from '@tael/ui/money/format';
import { Segmented } from '@tael/ui/segmented/Segmented';
import { Button } from 'antd-mobile';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FormError } from '../../lib/FormError';

const PRESETS = ['100', '500', '1000'];

type Props = {
  currencies: string[];
  isBusy: boolean;
  error: string | null;
  onSend: (minor: bigint, currency: string) => void;
};

/** How much, in which currency, from where. */
export function TopUpForm({ currencies, isBusy, error, onSend }: Props) {
  const { t } = useTranslation();
  const [typed, setTyped] = useState('');
  const [chosen, setChosen] = useState(currencies[0] ?? 'CNY');
  const minor = minorOf(typed, chosen);
  return (
    <form
      className="t-card payform"
      onSubmit={(event) => {
        event.preventDefault();
        if (minor !== null) onSend(minor, chosen);
      }}
    >
      <p className="payform__line">
        <span className="t-soft">{t('top_up.from')}</span>
        <span>{t('top_up.sandbox')}</span>
      </p>
      {currencies.length > 1 && (
        <Segmented
          label={t('common.currency')}
          value={chosen}
          choices={currencies.map((currency) => [currency, currency])}
          onChange={(currency) => {
            setChosen(currency);
            setTyped('');
          }}
        />
      )}
      <AmountPad
        label={t('common.amount')}
        deleteLabel={t('common.delete')}
        value={typed}
        currency={chosen}
        onChange={setTyped}
      />
      <div className="payform__presets">
        {PRESETS.map((preset) => (
          <Button key={preset} size="small" onClick={() => setTyped(preset)}>
            {preset}
          </Button>
        ))}
      </div>
      <FormError text={error} />
      <Button
        block
        color="primary"
        size="large"
        type="submit"
        loading={isBusy}
        disabled={minor === null}
      >
        {t('top_up.submit')}
      </Button>
    </form>
  );
}
