import { Empty } from '@tael/ui/states/states';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';

export function NotFound() {
  const { t } = useTranslation();
  return (
    <main className="failure">
      <Empty title={t('error.no_page')}>
        <Link to="/">{t('common.home')}</Link>
      </Empty>
    </main>
  );
}
