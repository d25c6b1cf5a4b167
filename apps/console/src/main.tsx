import { CSPProvider } from '@base-ui/react/csp-provider';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { queryClient } from './api/query-client.ts';
import { subscribe, userNumber } from './api/session.ts';
import { router } from './app/router.tsx';
import { activateLocale, wantedLocale } from './i18n/t.ts';
import { applyPreferences } from './settings/preferences.ts';
import { pageNonce } from './ui/page-nonce.ts';
import './ui/tokens.css';
import './ui/base.css';

activateLocale(wantedLocale());
applyPreferences();

let user = userNumber();
subscribe(() => {
  if (user === userNumber()) return;
  user = userNumber();
  // What one user has read is not shown to the next.
  void queryClient.resetQueries();
});

const root = document.getElementById('console');
if (root)
  createRoot(root).render(
    <StrictMode>
      <CSPProvider nonce={pageNonce()}>
        <QueryClientProvider client={queryClient}>
          <RouterProvider router={router} />
        </QueryClientProvider>
      </CSPProvider>
    </StrictMode>,
  );
