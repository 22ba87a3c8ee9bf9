// Measures how fast the wallet is in this machine's browser, on a server in sandbox mode with
// somebody to sign in as:
//
//   node measure.mjs ADDRESS PHONE PASSWORD
import { chromium } from '@playwright/test';

const [address, phone, password] = process.argv.slice(2);
if (!password) throw new Error('usage: node measure.mjs ADDRESS PHONE PASSWORD');
const ROUNDS = 7;
const median = (all) => all.sort((a, b) => a - b)[Math.floor(all.length / 2)];

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
});
const signedIn = await browser.newContext({ locale: 'en' });
await signedIn.request.post(`${address}/v1/sessions`, { data: { identifier: phone, password } });
const state = await signedIn.storageState();
await signedIn.close();
const origins = [
  { origin: new URL(address).origin, localStorage: [{ name: 'tael.signed-in', value: 'true' }] },
];

const cold = [];
const changes = {};
let bytes = 0;
for (let round = 0; round < ROUNDS; round += 1) {
  const context = await browser.newContext({
    locale: 'en',
    serviceWorkers: 'block',
    storageState: { cookies: state.cookies, origins },
  });
  const page = await context.newPage();
  const began = performance.now();
  await page.goto(address, { waitUntil: 'commit' });
  await page.locator('.balance .t-money--hero').waitFor();
  cold.push(performance.now() - began);
  bytes = await page.evaluate(() =>
    performance
      .getEntriesByType('resource')
      .filter((one) => /\.(js|css)$/.test(new URL(one.name).pathname))
      .reduce((sum, one) => sum + one.encodedBodySize, 0),
  );
  await page.waitForLoadState('networkidle', { timeout: 3_000 }).catch(() => undefined);
  for (const to of ['/records', '/inbox', '/me', '/']) {
    // A first visit loads the screen's file; the second is the change that people feel.
    for (const visit of ['first', 'again']) {
      const took = await page.evaluate(
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
      changes[visit] = [...(changes[visit] ?? []), took];
      if (visit === 'first') {
        const back = to === '/' ? '/me' : '/';
        await page.locator(`nav a[href="${back}"]`).first().click();
        await page.waitForTimeout(150);
      }
    }
  }
  await context.close();
}
await browser.close();
console.log(`home usable, cold cache      ${median(cold).toFixed(0)} ms (median of ${ROUNDS})`);
console.log(`route change, first visit    ${median(changes.first).toFixed(0)} ms`);
console.log(`route change, again          ${median(changes.again).toFixed(0)} ms`);
console.log(`script and style transferred ${(bytes / 1024).toFixed(0)} KiB`);
