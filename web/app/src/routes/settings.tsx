import './cards.css';
import { postV1Preferences } from '@tael/api/generated/sdk.gen';
import { Segmented } from '@tael/ui/segmented/Segmented';
import { Switch } from '@tael/ui/switch/Switch';
import { useTranslation } from 'react-i18next';
import { speak } from '../lib/i18n';
import { Page } from '../lib/Page';
import { prefer, usePreferences } from '../lib/preferences';

const LOCKS = [5, 15, 60, 0] as const;

/** Language, theme, size of text, and what others may see: of this device. */
export function Settings() {
  const { t } = useTranslation();
  const { language, theme, text, hidesSums, locksAfter, veils } = usePreferences();
  return (
    <Page title={t('me.settings')} back="/me">
      <section className="t-card card__form">
        <div className="t-stack">
          <h2 className="card__heading">{t('settings.language')}</h2>
          <Segmented
            label={t('settings.language')}
            value={language}
            choices={[
              ['zh-CN', '简体中文'],
              ['en', 'English'],
            ]}
            onChange={(chosen) => {
              void speak(chosen);
              // What the server writes follows; if it cannot be told now, messages have a switch too.
              const locale = chosen === 'en' ? 'en' : 'zh';
              void postV1Preferences({ body: { locale } }).catch(() => undefined);
            }}
          />
        </div>
        <div className="t-stack">
          <h2 className="card__heading">{t('settings.theme')}</h2>
          <Segmented
            label={t('settings.theme')}
            value={theme}
            choices={[
              ['auto', t('settings.auto')],
              ['light', t('settings.light')],
              ['dark', t('settings.dark')],
            ]}
            onChange={(chosen) => prefer({ theme: chosen })}
          />
        </div>
      </section>
      <section className="t-card card__form">
        <div className="t-stack">
          <h2 className="card__heading">{t('settings.locks')}</h2>
          <Segmented
            label={t('settings.locks')}
            value={String(locksAfter)}
            choices={LOCKS.map((minutes) => [
              String(minutes),
              minutes === 0 ? t('settings.never') : t('settings.minutes', { count: minutes }),
            ])}
            onChange={(chosen) =>
              prefer({ locksAfter: LOCKS.find((one) => String(one) === chosen) ?? 15 })
            }
          />
          <p className="t-soft t-small">{t('settings.locks_text')}</p>
        </div>
      </section>
      <section className="t-card t-rows">
        <div className="card__line">
          <span>{t('settings.large')}</span>
          <Switch
            label={t('settings.large')}
            isOn={text === 'large'}
            onChange={(isOn) => prefer({ text: isOn ? 'large' : 'normal' })}
          />
        </div>
        <div className="card__line">
          <span>{t('settings.veils')}</span>
          <Switch
            label={t('settings.veils')}
            isOn={veils}
            onChange={(isOn) => prefer({ veils: isOn })}
          />
        </div>
        <div className="card__line">
          <span>{t('home.hide')}</span>
          <Switch
            label={t('home.hide')}
            isOn={hidesSums}
            onChange={(isOn) => prefer({ hidesSums: isOn })}
          />
        </div>
      </section>
    </Page>
  );
}
