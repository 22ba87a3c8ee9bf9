import { postV1AccessTokens } from '@tael/api/generated/sdk.gen';
import { Field } from '@tael/ui/field/Field';
import { Segmented } from '@tael/ui/segmented/Segmented';
import { useMutation } from '@tanstack/react-query';
import { Button } from 'antd-mobile';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '../../lib/api';
import { FormError } from '../../lib/FormError';
import { useErrorText } from '../../lib/problems';
import { proven } from '../../lib/proof/step-up';
import { CapsFields } from './CapsFields';
import { Narrow } from './Narrow';
import { capsOf, linesOf, noCaps, PAYS, refreshPrograms, SCOPES, scopeKey } from './programs';

type Channel = 'sms' | 'email' | 'inbox';
const CHANNELS: Channel[] = ['inbox', 'sms', 'email'];
/** A season: long enough to be of use, short enough to be thought of again. */
const DAYS = '90';

type Props = { currencies: string[]; onCreated: (id: string) => void };

/** What a program may do, up to which sums, for whom and from where. */
export function NewProgram({ currencies, onCreated }: Props) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<string[]>(['wallet:read']);
  const [caps, setCaps] = useState(() => noCaps(currencies[0] ?? 'CNY'));
  const [narrow, setNarrow] = useState({ payees: '', ips: '' });
  const [days, setDays] = useState(DAYS);
  const [channel, setChannel] = useState<Channel>('inbox');
  const pays = scopes.includes(PAYS);
  const capped = capsOf(caps);
  const create = useMutation({
    mutationFn: () =>
      proven(() =>
        ask(
          postV1AccessTokens({
            body: {
              name: name.trim(),
              scopes,
              channel,
              expires_in_days: Number(days),
              ...(pays && capped ? { caps: capped } : {}),
              ...(linesOf(narrow.payees).length > 0 ? { payees: linesOf(narrow.payees) } : {}),
              ...(linesOf(narrow.ips).length > 0 ? { ips: linesOf(narrow.ips) } : {}),
            },
          }),
        ),
      ),
    onSuccess: async ({ id }) => {
      await refreshPrograms();
      onCreated(id);
    },
  });
  const isReady = name.trim() !== '' && scopes.length > 0 && Number(days) > 0;
  return (
    <form
      className="t-stack"
      onSubmit={(event) => {
        event.preventDefault();
        create.mutate();
      }}
    >
      <section className="t-card card__form">
        <Field
          label={t('common.name')}
          hint={t('programs.name_hint')}
          autoComplete="off"
          maxLength={64}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <Field
          label={t('programs.days')}
          inputMode="numeric"
          autoComplete="off"
          value={days}
          onChange={(event) => setDays(event.target.value.replace(/\D/g, '').slice(0, 3))}
        />
      </section>
      <fieldset className="t-card choices">
        <legend className="t-hidden">{t('programs.scopes')}</legend>
        <h2 className="card__heading">{t('programs.scopes')}</h2>
        {SCOPES.map((scope) => (
          <label key={scope} className="consent">
            <input
              type="checkbox"
              checked={scopes.includes(scope)}
              onChange={(event) =>
                setScopes((before) => [
                  ...before.filter((one) => one !== scope),
                  ...(event.target.checked ? [scope] : []),
                ])
              }
            />
            <span>{t(scopeKey(scope))}</span>
          </label>
        ))}
      </fieldset>
      {pays && (
        <section className="t-card card__form">
          <h2 className="card__heading">{t('programs.caps')}</h2>
          <p className="t-soft">{t('programs.caps_text')}</p>
          {currencies.length > 1 && (
            <Segmented
              label={t('common.currency')}
              value={caps.currency}
              choices={currencies.map((one) => [one, one])}
              onChange={(currency) => setCaps(noCaps(currency))}
            />
          )}
          <CapsFields caps={caps} onChange={setCaps} />
        </section>
      )}
      <Narrow pays={pays} narrow={narrow} onChange={setNarrow} />
      <section className="t-card card__form">
        <h2 className="card__heading">{t('programs.channel')}</h2>
        <Segmented
          label={t('programs.channel')}
          value={channel}
          choices={CHANNELS.map((one) => [one, t(`channel.${one}`)])}
          onChange={setChannel}
        />
        <FormError text={create.error && errorText(create.error)} />
        <Button
          block
          color="primary"
          size="large"
          type="submit"
          loading={create.isPending}
          disabled={!isReady || (pays && capped === null)}
        >
          {t('programs.create')}
        </Button>
      </section>
    </form>
  );
}
