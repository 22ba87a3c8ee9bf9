import '@tael/ui/base.css';
import '@tael/ui/tokens.css';
import './lib/install';
import { LocaleContext } from '@tael/ui/locale';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { startClient } from './lib/api';
import { startLanguage } from './lib/i18n';
import { applyPreferences, usePreferences } from './lib/preferences';
import { meQuery, queries, recentQuery, walletQuery } from './lib/queries';
import { wasSignedIn } from './lib/session';
import { startVeil } from './lib/veil';
import { router } from './routes/router';

function App() {
  const { language } = usePreferences();
  return (
    <LocaleContext value={language}>
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </LocaleContext>
  );
}

applyPreferences();
startVeil();
startClient();
if (wasSignedIn()) {
  // Asked for while the rest of the app is still on its way.
  void queries.prefetchQuery(meQuery);
  void queries.prefetchQuery(walletQuery);
  void queries.prefetchQuery(recentQuery);
}
await Promise.all([startLanguage(), router.load()]);

const place = document.getElementById('root');
if (!place) throw new Error('index.html has a place for the app');
createRoot(place).render(
  <StrictMode>
    <App />
  </StrictMode>,
);

if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  void navigator.serviceWorker.register('/sw.js');
}
