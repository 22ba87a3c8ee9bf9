import './cards.css';
import { Segmented } from '@tael/ui/segmented/Segmented';
import { Switch } from '@tael/ui/switch/Switch';
import { useTranslation } from 'react-i18next';
import { speak } from '../lib/i18n';
import { Page } from '../lib/Page';
import { prefer, usePreferences } from '../lib/preferences';

/** Language, theme, size of text: of this device. */
export function Settings() {
  const { t } = useTranslation();
  const { language, theme, text, hidesSums } = usePreferences();
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
            onChange={(chosen) => void speak(chosen)}
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
