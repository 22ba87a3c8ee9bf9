import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Page } from '@playwright/test';
import { expect, fillTransfer, payWith, test } from '../support/story.ts';

/** Where pictures of the screens go: beside the other results, or where somebody wants them. */
const folder = process.env.PICTURES ?? path.join(import.meta.dirname, '../test-results/pictures');
/** The few that the documentation shows; `PICTURES_OF=all` takes every one. */
const SHOWN = new Set([
  'home-phone-zh-CN-light',
  'home-phone-zh-CN-dark',
  'confirm-phone-zh-CN-light',
  'me-security-phone-zh-CN-light',
  'home-computer-en-dark',
  'records-computer-en-light',
]);
const takesAll = process.env.PICTURES_OF === 'all';

const SCREENS = [
  'records',
  'inbox',
  'me',
  'me/token',
  'me/places',
  'me/profile',
  'me/settings',
  'me/security',
  'me/freeze',
  'me/limits',
  'me/passkeys',
  'me/two-step',
  'me/pin',
  'me/verification',
  'me/messages',
  'me/programs',
  'me/programs/new',
  'me/closing',
  'spending',
  'receive',
  'top-up',
  'transfer',
];

/** Takes a picture once nothing moves any more and nothing is on its way. */
function camera(page: Page, suffix: string) {
  mkdirSync(folder, { recursive: true });
  return async (name: string) => {
    if (!takesAll && !SHOWN.has(`${name}-${suffix}`)) return;
    await expect(page.locator('.t-bones')).toHaveCount(0);
    await page.evaluate(async () => {
      await document.fonts.ready;
      await Promise.all(document.getAnimations().map((one) => one.finished));
    });
    await page.screenshot({ path: path.join(folder, `${name}-${suffix}.png`) });
  };
}

for (const theme of ['light', 'dark'] as const) {
  test(`pictures, ${theme}`, async ({ page, world, enter, say, language }) => {
    test.setTimeout(300_000);
    await page.emulateMedia({ colorScheme: theme });
    const kind = test.info().project.name.split('-')[0];
    const take = camera(page, `${kind}-${language}-${theme}`);
    const isEnglish = language === 'en';
    const payer = await world.withToken(
      await world.person(isEnglish ? 'Robin Lee' : '林薇', { CNY: 1_286_640, USD: 45_000 }),
    );
    const payee = await world.withToken(
      await world.person(isEnglish ? 'Alex Morgan' : '陈思远', { CNY: 90_000 }),
    );
    const notes = isEnglish
      ? ['Rent', 'Groceries', 'Coffee', 'Train ticket']
      : ['房租', '买菜', '咖啡', '车票'];
    for (const [at, note] of notes.entries())
      await world.pay(payer, payee, 2_880 * (at + 1) + 15, note);
    await world.pay(payee, payer, 8_850, isEnglish ? 'Dinner' : '聚餐');
    for (const to of ['welcome', 'sign-in', 'sign-up', 'recover', 'freeze']) {
      await page.goto(`/${to}`);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await take(to);
    }
    await enter(payer);
    await take('home');
    for (const to of SCREENS) {
      await page.goto(`/${to}`);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await take(to.replaceAll('/', '-'));
    }
    await fillTransfer(page, say, payee.phone, '88.5', isEnglish ? 'Birthday gift' : '生日礼物');
    await expect(page.getByRole('dialog').getByLabel(say('transfer.token'))).toBeVisible();
    await take('confirm');
    await payWith(page, say, payer.token);
    await expect(page.getByRole('heading', { name: say('pay.done') })).toBeVisible();
    await take('paid');
    await page.getByRole('link', { name: say('pay.see_record') }).click();
    await expect(page.getByText(say('records.id'))).toBeVisible();
    await take('record');
    await page.getByRole('button', { name: say('sandbox.messages') }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await take('sandbox');
  });
}

test('pictures, what is awkward: nothing yet, long names, large sums', async ({
  page,
  world,
  enter,
  language,
}) => {
  test.setTimeout(180_000);
  const take = camera(page, `${test.info().project.name.split('-')[0]}-${language}-awkward`);
  const empty = await world.person('Robin Lee');
  await enter(empty);
  for (const to of ['', 'records', 'inbox', 'spending', 'me/programs']) {
    await page.goto(`/${to}`);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await take(`empty-${to.replaceAll('/', '-') || 'home'}`);
  }
  await page.context().clearCookies();
  await page.evaluate(() => localStorage.clear());
  const name = '欧阳慕容·阿不都热依木·Maximiliana-Alexandrina von Hohenzollern';
  const rich = await world.withToken(
    await world.person(name, { CNY: 9_007_199_254_740_000, KWD: 123_456, JPY: 9_999_999 }),
  );
  const payee = await world.person(name);
  await world.pay(rich, payee, 99_999_999, '一段很长的备注'.repeat(10));
  await enter(rich);
  for (const to of ['', 'records', 'me', 'me/limits']) {
    await page.goto(`/${to}`);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await take(`long-${to.replaceAll('/', '-') || 'home'}`);
  }
});
