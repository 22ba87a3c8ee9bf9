import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { defineConfig } from '@playwright/test';
import type { Options } from './support/story.ts';

const root = path.join(import.meta.dirname, '..');
const built = ['release', 'debug'].map((kind) => path.join(root, 'target', kind, 'tael'));
const tael = process.env.TAEL_BIN ?? built.find((file) => existsSync(file)) ?? 'tael';
/** A server that runs already, in sandbox mode; without it one is started. */
const address = process.env.E2E_ADDRESS;
const PORT = process.env.E2E_PORT ?? '18190';
// Workers read this file too; only the first of them makes the folder.
process.env.E2E_DATA ??= mkdtempSync(path.join(tmpdir(), 'tael-e2e-'));

/** Debian's Chromium, without its windows where that is installed: it starts and draws faster. */
const browsers = ['chromium-headless-shell', 'chromium'].map((name) => `/usr/bin/${name}`);
const browser = process.env.CHROMIUM ?? browsers.find((file) => existsSync(file)) ?? 'chromium';

const chromium = {
  browserName: 'chromium' as const,
  launchOptions: {
    executablePath: browser,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  },
};

export default defineConfig<Options>({
  testDir: 'stories',
  outputDir: 'test-results',
  timeout: 90_000,
  expect: { timeout: 15_000 },
  // Every story brings people of its own, so they can be told side by side to one server.
  fullyParallel: true,
  workers: Number(process.env.E2E_WORKERS ?? 2),
  forbidOnly: true,
  reporter: [['list']],
  use: {
    ...chromium,
    baseURL: address ?? `http://localhost:${PORT}`,
    actionTimeout: 15_000,
    navigationTimeout: 30_000,
    trace: 'retain-on-failure',
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
  },
  projects: [
    {
      name: 'phone-zh',
      use: {
        language: 'zh-CN',
        locale: 'zh-CN',
        viewport: { width: 390, height: 844 },
        deviceScaleFactor: 2,
        isMobile: true,
        hasTouch: true,
      },
    },
    {
      name: 'computer-en',
      use: { language: 'en', locale: 'en-GB', viewport: { width: 1280, height: 860 } },
    },
  ],
  ...(address
    ? {}
    : {
        webServer: {
          command: `"${tael}" serve --sandbox --data "${process.env.E2E_DATA}" --listen 127.0.0.1:${PORT} --public-url http://localhost:${PORT}`,
          url: `http://127.0.0.1:${PORT}/readyz`,
          timeout: 60_000,
          gracefulShutdown: { signal: 'SIGTERM', timeout: 10_000 },
        },
      }),
});
