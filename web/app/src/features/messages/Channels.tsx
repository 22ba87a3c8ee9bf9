import type { PreferencesView } from '@tael/api/generated/types.gen';
import { useTranslation } from 'react-i18next';
import { FormError } from '../../lib/FormError';
import { useErrorText } from '../../lib/problems';
import { useWish } from './wishes';

const TOPICS = ['payments', 'product'] as const;
const CHANNELS = ['inbox', 'sms', 'email'] as const;

/** By which way one hears of what; of security always by all of them. */
export function Channels({ channels }: PreferencesView) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const wish = useWish();
  return (
    <>
      {TOPICS.map((topic) => {
        const asked = wish.isPending ? wish.variables.channels?.[topic] : undefined;
        const chosen: string[] = asked ?? channels[topic];
        return (
          <fieldset key={topic} className="t-card choices">
            <legend className="t-hidden">{t(`messages.${topic}`)}</legend>
            <h2 className="card__heading">{t(`messages.${topic}`)}</h2>
            {CHANNELS.map((channel) => (
              <label key={channel} className="consent">
                <input
                  type="checkbox"
                  checked={chosen.includes(channel)}
                  disabled={wish.isPending}
                  onChange={(event) => {
                    const rest = chosen.filter((one) => one !== channel);
                    const next = event.target.checked ? [...rest, channel] : rest;
                    wish.mutate({ channels: { [topic]: next } });
                  }}
                />
                <span>{t(`channel.${channel}`)}</span>
              </label>
            ))}
          </fieldset>
        );
      })}
      <FormError text={wish.error && errorText(wish.error)} />
      <section className="t-card choices">
        <h2 className="card__heading">{t('messages.security')}</h2>
        <p className="t-soft">{t('messages.security_text')}</p>
      </section>
    </>
  );
}
