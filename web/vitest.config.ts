import path from 'node:path';
import { defineConfig } from 'vitest/config';

const at = (folder: string) => path.join(import.meta.dirname, folder);

export default defineConfig({
  resolve: {
    alias: {
      '@tael/api': at('packages/api/src'),
      '@tael/ui': at('packages/ui/src'),
      '@': at('app/src'),
    },
  },
  test: {
    environment: 'happy-dom',
    include: ['app/test/**/*.test.{ts,tsx}', 'packages/*/test/**/*.test.{ts,tsx}'],
    server: { deps: { inline: [/antd-mobile/] } },
    restoreMocks: true,
  },
});
