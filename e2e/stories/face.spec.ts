import path from 'node:path';
import type { Page } from '@playwright/test';
import { expect, expectNoOverflow, fillTransfer, findings, test } from '../support/story.ts';

const SIGNED_IN = [
  '/',
  '/records',
  '/inbox',
  '/me',
  '/me/token',
  '/me/places',
  '/me/profile',
  '/me/settings',
  '/top-up',
  '/transfer',
  '/scan',
  '/receive',
  '/spending',
  '/me/password',
  '/me/pin',
  '/me/two-step',
  '/me/passkeys',
  '/me/limits',
  '/me/freeze',
  '/me/verification',
  '/me/messages',
  '/me/activity',
  '/me/programs',
  '/me/programs/new',
  '/me/security',
  '/me/review',
  '/me/closing',
];
const VISITOR = [
  '/welcome',
  '/sign-in',
  '/sign-in/code',
  '/sign-up',
  '/recover',
  '/not-me#x',
  '/freeze',
];
const LONG_NAME = '欧阳慕容·阿不都热依木·Maximiliana-Alexandrina von Hohenzollern';
const LARGE = 9_007_199_254_740_000;

/** The addresses of the app, as its routes name them. */
async function addresses() {
  const { readFile } = await import('node:fs/promises');
  const routes = path.join(import.meta.dirname, '../../web/app/src/routes');
  const files = ['router.tsx', 'account-routes.tsx'].map((name) => path.join(routes, name));
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  return [...texts.join().matchAll(/path: '(\/[^']*)'/g)].map((match) => match[1] ?? '');
}

test('axe knows every address of the app', async () => {
  const looked = [...SIGNED_IN, ...VISITOR].map((to) => to.replace(/#.*/, ''));
  const elsewhere = ['/q', '/question/$id', '/me/programs/$id'];
  const missed = (await addresses()).filter((one) => ![...looked, ...elsewhere].includes(one));
  expect(missed).toEqual([]);
});

async function settle(page: Page, to: string) {
  await page.goto(to);
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page.locator('.t-bones')).toHaveCount(0);
}

for (const theme of ['light', 'dark'] as const) {
  test(`axe finds nothing, ${theme}`, async ({ page, world, enter, say }) => {
    test.setTimeout(240_000);
    await page.emulateMedia({ colorScheme: theme });
    const payer = await world.withToken(
      await world.person('Robin Lee', { CNY: 50_000, USD: 1_000 }),
    );
    const payee = await world.person('Alex Morgan');
    await world.pay(payer, payee, 1_250, 'coffee');
    const found: string[] = [];
    for (const to of VISITOR) {
      await settle(page, to);
      found.push(...(await findings(page)).map((one) => `${to} ${one}`));
    }
    await enter(payer);
    for (const to of SIGNED_IN) {
      await settle(page, to);
      found.push(...(await findings(page)).map((one) => `${to} ${one}`));
    }
    const paid = page.getByRole('main').locator('a[href^="/records/trf_"]').first();
    await page.goto('/');
    await paid.click();
    await page.getByRole('link', { name: say('question.title') }).click();
    await expect(page.getByText(say('question.steps'))).toBeVisible();
    found.push(...(await findings(page)).map((one) => `question ${one}`));
    const { hash } = await world.confirmation();
    await settle(page, `/q${hash}`);
    found.push(...(await findings(page)).map((one) => `q ${one}`));
    await fillTransfer(page, say, payee.phone, '1');
    await expect(page.getByRole('dialog')).toBeVisible();
    found.push(...(await findings(page)).map((one) => `confirm ${one}`));
    expect(found).toEqual([]);
  });
}

for (const text of ['normal', 'large'] as const) {
  test(`long names and large sums stay inside at 360 px, ${text} text`, async ({
    page,
    world,
    enter,
    say,
  }) => {
    test.setTimeout(180_000);
    const rich = await world.withToken(
      await world.person(LONG_NAME.slice(0, 64), { CNY: LARGE, KWD: 123_456, JPY: 9_999_999 }),
    );
    const payee = await world.person(LONG_NAME.slice(0, 64));
    await world.pay(rich, payee, 99_999_999, '一段很长的备注'.repeat(10));
    await page.setViewportSize({ width: 360, height: 740 });
    await enter(rich);
    for (const to of SIGNED_IN) {
      await settle(page, to);
      await page.evaluate((size) => {
        document.documentElement.dataset.text = size;
      }, text);
      await expectNoOverflow(page);
    }
    await page.goto('/');
    await page.getByRole('main').locator('a[href^="/records/trf_"]').first().click();
    await expect(page.getByText(say('records.id'))).toBeVisible();
    await expectNoOverflow(page);
  });
}

test('language, theme and text size are kept', async ({ page, world, enter, language }) => {
  await enter(await world.person('Robin Lee'));
  await page.goto('/me/settings');
  const other = language === 'en' ? '简体中文' : 'English';
  await page.getByText(other, { exact: true }).click();
  await expect(page.locator('html')).toHaveAttribute('lang', language === 'en' ? 'zh-CN' : 'en');
  await page.getByRole('switch').first().check();
  await page.getByRole('radio').nth(4).check({ force: true });
  await page.reload();
  await expect(page.locator('html')).toHaveAttribute('data-text', 'large');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect(page.locator('html')).toHaveAttribute('lang', language === 'en' ? 'zh-CN' : 'en');
});

test('the main job can be done with the keyboard alone', async ({ page, world, enter, say }) => {
  const payer = await world.withToken(await world.person('Robin Lee', { CNY: 5_000 }));
  const payee = await world.person('Alex Morgan');
  await enter(payer);
  const link = page.getByRole('main').getByRole('link', { name: say('home.transfer') });
  await link.focus();
  await page.keyboard.press('Enter');
  await expect(page.getByLabel(say('transfer.to'))).toBeFocused();
  await page.keyboard.type(payee.phone);
  await page.keyboard.press('Enter');
  await page.getByLabel(say('common.amount')).focus();
  await page.keyboard.type('3.20');
  await page.keyboard.press('Enter');
  await expect(page.getByLabel(say('transfer.token'))).toBeFocused();
  await page.keyboard.type(payer.token);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: say('pay.done') })).toBeFocused();
});

test('without a network the app opens, says so, and keeps nothing of /v1', async ({
  page,
  context,
  world,
  enter,
  say,
  expected,
}) => {
  expected.push(/ERR_INTERNET_DISCONNECTED|ERR_FAILED|net::/);
  await enter(await world.person('Robin Lee', { CNY: 700 }));
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
  });
  await page.reload();
  await expect(page.getByRole('main')).toContainText('7.00');
  await context.setOffline(true);
  await expect(page.getByText(say('error.offline'))).toBeVisible();
  await expect(page.getByRole('main')).toContainText('7.00');
  await page.reload();
  await expect(page.getByText(say('error.offline'))).toBeVisible();
  const kept = await page.evaluate(async () => {
    const caches_ = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
    const all = await Promise.all(caches_.map((cache) => cache.keys()));
    return all.flat().map((request) => new URL(request.url).pathname);
  });
  expect(kept.filter((one) => one.startsWith('/v1') || one.startsWith('/sandbox'))).toEqual([]);
  expect(kept).toContain('/');
  await context.setOffline(false);
});

test('no script can read the session', async ({ page, context, world, enter }) => {
  await enter(await world.person('Robin Lee'));
  const seen = await page.evaluate(() =>
    JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }]),
  );
  expect(seen).not.toMatch(/tss_/);
  const cookie = (await context.cookies()).find((one) => one.value.startsWith('tss_'));
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
});

test('the server speaks the contract that the client was made from', async ({ request }) => {
  const served = await (await request.get('/openapi.json')).json();
  const { readFile } = await import('node:fs/promises');
  const file = path.join(import.meta.dirname, '../../crates/api/tests/it/openapi.json');
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(served);
});
