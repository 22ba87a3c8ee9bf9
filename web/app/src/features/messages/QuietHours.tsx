import type { PreferencesView } from '@tael/api/generated/types.gen';
import { Field } from '@tael/ui/field/Field';
import { Switch } from '@tael/ui/switch/Switch';
import { Button } from 'antd-mobile';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { FormError } from '../../lib/FormError';
import { useErrorText } from '../../lib/problems';
import { useWish, zoneHere } from './wishes';

/** A night's rest, the usual one. */
const NIGHT = { from: '22:00', to: '07:30' };
/** The server ends the hours of quiet by this word, which the contract's shape leaves out. */
const NONE = 'none' as unknown as typeof NIGHT;

/** Hours in which what can wait does wait. */
export function QuietHours({ quiet_hours: quiet, time_zone: zone }: PreferencesView) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const [hours, setHours] = useState(quiet ?? NIGHT);
  const wish = useWish();
  // While it is on its way the switch stands where it was put.
  const asked = wish.isPending ? wish.variables.quiet_hours : undefined;
  const isOn = asked === undefined ? Boolean(quiet) : asked !== NONE;
  const save = (next: typeof NIGHT | null) =>
    wish.mutate(next ? { quiet_hours: next, time_zone: zoneHere() } : { quiet_hours: NONE });
  const isSame = hours.from === hours.to;
  const isChanged = quiet && (quiet.from !== hours.from || quiet.to !== hours.to);
  return (
    <section className="t-card" aria-labelledby="quiet">
      <h2 id="quiet" className="card__title">
        {t('messages.quiet')}
      </h2>
      <div className="card__line">
        <span>{t('messages.quiet_on')}</span>
        <Switch
          label={t('messages.quiet_on')}
          isOn={isOn}
          onChange={(on) => save(on ? hours : null)}
        />
      </div>
      {quiet && (
        <form
          className="card__form"
          onSubmit={(event) => {
            event.preventDefault();
            save(hours);
          }}
        >
          <div className="card__pair">
            <Field
              label={t('messages.from')}
              type="time"
              required
              value={hours.from}
              onChange={(event) => setHours({ ...hours, from: event.target.value })}
            />
            <Field
              label={t('messages.to')}
              type="time"
              required
              value={hours.to}
              onChange={(event) => setHours({ ...hours, to: event.target.value })}
            />
          </div>
          <p className="t-soft t-small">{t('messages.quiet_text', { zone })}</p>
          <FormError text={isSame ? t('messages.same') : null} />
          {isChanged && (
            <Button block color="primary" type="submit" loading={wish.isPending} disabled={isSame}>
              {t('common.save')}
            </Button>
          )}
        </form>
      )}
      <div className="card__text">
        <FormError text={wish.error && errorText(wish.error)} />
      </div>
    </section>
  );
}
