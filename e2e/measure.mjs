// Measures how fast the wallet is in this machine's browser: starts the program on a port of its own
// with play money, signs somebody up and in, and says how long people wait.
//
//   TAEL_BIN=../target/release/tael node measure.mjs
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { chromium } from '@playwright/test';

const ROUNDS = 7;
const PORT = process.env.E2E_PORT ?? '18191';
const PASSWORD = 'Cedar-Comet9#Harbour';
const address = `http://localhost:${PORT}`;
const root = path.join(import.meta.dirname, '..');
const built = ['release', 'debug'].map((kind) => path.join(root, 'target', kind, 'tael'));
const tael = process.env.TAEL_BIN ?? built.find((file) => existsSync(file)) ?? 'tael';
const browsers = ['chromium-headless-shell', 'chromium'].map((name) => `/usr/bin/${name}`);
const median = (all) => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)];
const worst = (all) => Math.max(...all);

const data = mkdtempSync(path.join(tmpdir(), 'tael-speed-'));
const server = spawn(
  tael,
  ['serve', '--sandbox', '--data', data, '--listen', `127.0.0.1:${PORT}`, '--public-url', address],
  { stdio: 'ignore' },
);

async function post(url, body, headers = {}) {
  const answer = await fetch(`${address}${url}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** Until the program answers. */
async function ready() {
  for (;;) {
    const answer = await fetch(`${address}/readyz`).catch(() => null);
    if (answer?.ok) return;
    if (server.exitCode !== null) throw new Error(`${tael} ended`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Somebody with a wallet and money in it. */
async function person() {
  const phone = '13800000001';
  const { id } = await post('/v1/registrations', { phone, locale: 'en', accept_terms: true });
  let code;
  while (!code) {
    const { data } = await (await fetch(`${address}/sandbox/messages?to=${phone}`)).json();
    code = data.find((one) => one.code)?.code;
  }
  await post(`/v1/registrations/${id}/verify`, { code });
  const last = { name: 'Robin Lee', password: PASSWORD };
  const { session } = await post(`/v1/registrations/${id}/complete`, last);
  const money = { amount: 500_000, currency: 'CNY' };
  await post(
    '/v1/top-ups',
    { channel: 'sandbox', money },
    { authorization: `Bearer ${session.token}`, 'idempotency-key': crypto.randomUUID() },
  );
  return phone;
}

/** From a tap on a link until the next screen has its title, in milliseconds. */
const change = (page, to) =>
  page.evaluate(
    (href) =>
      new Promise((resolve) => {
        const before = document.querySelector('main h1')?.textContent;
        const start = performance.now();
        const look = () => {
          const now = document.querySelector('main h1')?.textContent;
          if (now && now !== before) resolve(performance.now() - start);
          else requestAnimationFrame(look);
        };
        document.querySelector(`nav a[href="${href}"]`).click();
        look();
      }),
    to,
  );

async function measure(phone) {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? browsers.find((file) => existsSync(file)),
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
  });
  const signedIn = await browser.newContext({ locale: 'en' });
  const identifier = phone;
  await signedIn.request.post(`${address}/v1/sessions`, {
    data: { identifier, password: PASSWORD },
  });
  const { cookies } = await signedIn.storageState();
  await signedIn.close();
  const origins = [{ origin: address, localStorage: [{ name: 'tael.signed-in', value: 'true' }] }];
  const found = { cold: [], first: [], again: [], bytes: 0 };
  for (let round = 0; round < ROUNDS; round += 1) {
    const context = await browser.newContext({
      locale: 'en',
      serviceWorkers: 'block',
      storageState: { cookies, origins },
    });
    const page = await context.newPage();
    const began = performance.now();
    await page.goto(address, { waitUntil: 'commit' });
    await page.locator('.balance .t-money--hero').waitFor();
    found.cold.push(performance.now() - began);
    found.bytes = await page.evaluate(() =>
      performance
        .getEntriesByType('resource')
        .filter((one) => /\.(js|css)$/.test(new URL(one.name).pathname))
        .reduce((sum, one) => sum + one.encodedBodySize, 0),
    );
    // People look at their balance first; meanwhile the next screens' files come.
    await page.waitForTimeout(1_500);
    for (const kind of ['first', 'again'])
      for (const to of ['/records', '/inbox', '/me', '/']) found[kind].push(await change(page, to));
    await context.close();
  }
  await browser.close();
  return found;
}

try {
  await ready();
  const { cold, first, again, bytes } = await measure(await person());
  const line = (what, all) =>
    console.log(
      `${what.padEnd(30)} median ${median(all).toFixed(0)} ms, worst ${worst(all).toFixed(0)} ms`,
    );
  line('home usable, nothing cached', cold);
  line('route change, first visit', first);
  line('route change, again', again);
  console.log(`${'load of the machine'.padEnd(30)} ${loadavg()[0].toFixed(1)}`);
  console.log(`${'script and style, compressed'.padEnd(30)} ${(bytes / 1024).toFixed(0)} KiB`);
} finally {
  server.kill('SIGTERM');
  rmSync(data, { recursive: true, force: true });
}
