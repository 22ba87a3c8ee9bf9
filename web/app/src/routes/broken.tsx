import { Failed } from '@tael/ui/states/states';
import { useTranslation } from 'react-i18next';

/** A screen that could not be shown, e.g. because its file could not be loaded. */
export function Broken() {
  const { t } = useTranslation();
  return (
    <div className="failure">
      <Failed
        title={t('error.unexpected')}
        retryLabel={t('common.reload')}
        onRetry={() => window.location.reload()}
      />
    </div>
  );
}
