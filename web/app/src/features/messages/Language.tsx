import type { PreferencesView } from '@tael/api/generated/types.gen';
import { Segmented } from '@tael/ui/segmented/Segmented';
import { useTranslation } from 'react-i18next';
import { FormError } from '../../lib/FormError';
import { useErrorText } from '../../lib/problems';
import { useWish } from './wishes';

/** In which language the server writes. */
export function Language({ locale }: PreferencesView) {
  const { t } = useTranslation();
  const errorText = useErrorText();
  const wish = useWish();
  return (
    <section className="t-card card__form">
      <h2 className="card__heading">{t('messages.language')}</h2>
      <Segmented
        label={t('messages.language')}
        value={locale as 'zh' | 'en'}
        choices={[
          ['zh', '简体中文'],
          ['en', 'English'],
        ]}
        onChange={(chosen) => wish.mutate({ locale: chosen })}
      />
      <FormError text={wish.error && errorText(wish.error)} />
    </section>
  );
}
