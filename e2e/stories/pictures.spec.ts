import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { expect, fillTransfer, payWith, test } from '../support/story.ts';

/** Pictures of the main screens for the documentation: only if somebody wants them. */
const folder = process.env.PICTURES;

test.skip(!folder, 'set PICTURES to a folder to take them');

for (const theme of ['light', 'dark'] as const) {
  test(`pictures, ${theme}`, async ({ page, world, enter, say, language }) => {
    test.setTimeout(120_000);
    await page.emulateMedia({ colorScheme: theme });
    mkdirSync(folder ?? '', { recursive: true });
    const kind = test.info().project.name.split('-')[0];
    const take = async (name: string) => {
      await page.waitForTimeout(250);
      const file = `${name}-${kind}-${language}-${theme}.png`;
      await page.screenshot({ path: path.join(folder ?? '', file) });
    };
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
    await page.goto('/welcome');
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await take('welcome');
    await page.goto('/sign-up');
    await take('sign-up');
    await enter(payer);
    await expect(page.locator('.t-bones')).toHaveCount(0);
    await take('home');
    for (const to of [
      'records',
      'inbox',
      'me',
      'me/token',
      'me/places',
      'me/profile',
      'me/settings',
      'top-up',
    ]) {
      await page.goto(`/${to}`);
      await expect(page.locator('.t-bones')).toHaveCount(0);
      await take(to.replace('/', '-'));
    }
    await fillTransfer(page, say, payee.phone, '88.5', isEnglish ? 'Birthday gift' : '生日礼物');
    await expect(page.getByRole('dialog')).toBeVisible();
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
