import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Built by `npm run build` into `dist`, which responses serves below `/console`. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/console/',
  plugins: [react()],
  // The page's answer replaces it by the nonce of the request.
  html: { cspNonce: 'NONCE_OF_THE_PAGE' },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    // A module graph in the page would need an inline script, which the content security policy refuses.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    manifest: true,
  },
});
