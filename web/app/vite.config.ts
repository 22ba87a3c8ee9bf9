import path from 'node:path';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { compressed } from './plugins/compressed.ts';
import { offlineShell } from './plugins/offline-shell.ts';

const web = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const tael = process.env.TAEL_ADDRESS ?? 'http://127.0.0.1:8080';
// The host stays the browser's own: the server compares it with the page's origin.
const proxy = Object.fromEntries(
  ['/v1', '/sandbox', '/openapi.json', '/healthz'].map((prefix) => [
    prefix,
    { target: tael, changeOrigin: false },
  ]),
);

export default defineConfig({
  root: path.join(web, 'app'),
  plugins: [react(), offlineShell(), compressed()],
  resolve: {
    alias: {
      '@tael/api': path.join(web, 'packages/api/src'),
      '@tael/ui': path.join(web, 'packages/ui/src'),
      '@': path.join(web, 'app/src'),
    },
  },
  server: { port: 5173, proxy },
  build: {
    outDir: path.join(web, 'dist'),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    manifest: true,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // Few files that change seldom, instead of many small ones one after another.
            { name: 'react', test: /node_modules\/(react|react-dom|scheduler)\// },
            { name: 'libraries', test: /node_modules\/(@tanstack|i18next|react-i18next)/ },
            { name: 'shared', test: /packages\/(api|ui)\/src|app\/src\/lib/ },
          ],
        },
      },
    },
  },
});
