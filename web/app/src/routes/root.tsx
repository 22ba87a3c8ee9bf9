import './root.css';
import { Outlet } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { SandboxBanner } from '../features/sandbox/SandboxBanner';
import { useOnline } from '../lib/online';

/** What stands above every screen: whether this is play money, and whether there is a network. */
export function Root() {
  const { t } = useTranslation();
  const isOnline = useOnline();
  return (
    <>
      <header>
        {!isOnline && (
          <p className="notice notice--offline" role="status">
            {t('error.offline')}
          </p>
        )}
        <SandboxBanner />
      </header>
      <Outlet />
    </>
  );
}
