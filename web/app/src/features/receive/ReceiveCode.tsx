import './receive.css';
import type { User } from '@tael/api/generated/types.gen';
import { AmountPad } from '@tael/ui/amount-pad/AmountPad';
import { Field } from '@tael/ui/field/Field';
import { minorOf } from '@tael/ui/money/format';
import { Money } from '@tael/ui/money/Money';
import { Segmented } from '@tael/ui/segmented/Segmented';
import { Sheet } from '@tael/ui/sheet/Sheet';
import { Button } from 'antd-mobile';
import { QRCodeSVG } from 'qrcode.react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CopyButton } from '../../lib/CopyButton';
import { payUrl } from '../../lib/paylink';

type Asked = { typed: string; currency: string; note: string };

/** A code that others scan to pay this person, if wanted a sum that is filled in for them. */
export function ReceiveCode({ user, currencies }: { user: User; currencies: string[] }) {
  const { t } = useTranslation();
  const none: Asked = { typed: '', currency: currencies[0] ?? 'CNY', note: '' };
  const [asked, setAsked] = useState(none);
  const [isAsking, setAsking] = useState(false);
  const minor = minorOf(asked.typed, asked.currency);
  const sum =
    minor === null ? {} : { amount: asked.typed.replace(/\.$/, ''), currency: asked.currency };
  const note = asked.note.trim() ? { note: asked.note.trim() } : {};
  const url = payUrl(window.location.origin, { to: user.id, ...sum, ...note });
  return (
    <section className="t-card receive">
      <p className="receive__name">{user.name}</p>
      {minor !== null && (
        <div className="receive__sum">
          <Money size="hero" amount={minor} currency={asked.currency} />
        </div>
      )}
      {asked.note && <p className="t-soft">{asked.note}</p>}
      <div className="receive__code">
        <QRCodeSVG value={url} title={t('receive.code')} level="M" marginSize={2} />
      </div>
      <p className="t-soft t-small">{t('receive.text')}</p>
      <div className="receive__ways">
        <button type="button" className="t-plain" onClick={() => setAsking(true)}>
          {t(minor === null ? 'receive.ask' : 'receive.change')}
        </button>
        <CopyButton text={url} label={t('receive.link')} shownLabel={t('receive.copy')} />
      </div>
      <Sheet
        title={t('receive.ask')}
        closeLabel={t('common.close')}
        isOpen={isAsking}
        onClose={() => setAsking(false)}
      >
        <Ask
          before={asked}
          currencies={currencies}
          onDone={(after) => {
            setAsked(after ?? none);
            setAsking(false);
          }}
        />
      </Sheet>
    </section>
  );
}

type AskProps = { before: Asked; currencies: string[]; onDone: (after: Asked | null) => void };

function Ask({ before, currencies, onDone }: AskProps) {
  const { t } = useTranslation();
  const [asked, setAsked] = useState(before);
  const change = (part: Partial<Asked>) => setAsked({ ...asked, ...part });
  return (
    <form
      className="t-stack"
      onSubmit={(event) => {
        event.preventDefault();
        onDone(asked);
      }}
    >
      {currencies.length > 1 && (
        <Segmented
          label={t('common.currency')}
          value={asked.currency}
          choices={currencies.map((currency) => [currency, currency])}
          onChange={(currency) => change({ currency, typed: '' })}
        />
      )}
      <AmountPad
        label={t('common.amount')}
        deleteLabel={t('common.delete')}
        value={asked.typed}
        currency={asked.currency}
        onChange={(typed) => change({ typed })}
      />
      <Field
        label={t('transfer.note')}
        hint={t('transfer.note_hint')}
        maxLength={50}
        value={asked.note}
        onChange={(event) => change({ note: event.target.value })}
      />
      <Button block color="primary" size="large" type="submit">
        {t('receive.show')}
      </Button>
      <Button block size="large" onClick={() => onDone(null)}>
        {t('receive.any')}
      </Button>
    </form>
  );
}
