import { expect, expectNoOverflow, payWith, test } from '../support/story.ts';

test('a code asks for a sum, is read from a picture and paid', async ({
  page,
  browser,
  world,
  enter,
  say,
}) => {
  const payee = await world.person('Alex Morgan');
  const payer = await world.withToken(await world.person('Robin Lee', { CNY: 10_000 }));
  await enter(payee);
  await page.goto('/receive');
  await page.getByRole('button', { name: say('receive.ask') }).click();
  await page.getByRole('textbox', { name: say('common.amount') }).fill('8.80');
  await page.getByRole('textbox', { name: say('transfer.note') }).fill('🍜');
  await page.getByRole('button', { name: say('receive.show') }).click();
  await expect(page.getByRole('main')).toContainText('8.80');
  await expectNoOverflow(page);
  const picture = await page.locator('.receive__code').screenshot();

  await page.context().clearCookies();
  await page.evaluate(() => localStorage.clear());
  await enter(payer);
  await page
    .getByRole('main')
    .getByRole('link', { name: say('home.scan') })
    .click();
  await expect(page.getByText(say('scan.none'))).toBeVisible();
  const input = page.locator('input[type=file]');
  const blank = await (await browser.newPage()).screenshot();
  await input.setInputFiles({ name: 'blank.png', mimeType: 'image/png', buffer: blank });
  await expect(page.getByText(say('scan.empty'))).toBeVisible();
  await input.setInputFiles({ name: 'code.png', mimeType: 'image/png', buffer: picture });

  await expect(page.getByLabel(say('common.amount'))).toHaveValue('8.80');
  await expect(page.getByLabel(say('transfer.note'))).toHaveValue('🍜');
  await page.getByRole('button', { name: say('common.next') }).click();
  await payWith(page, say, payer.token);
  await expect(page.getByRole('heading', { name: say('pay.done') })).toBeVisible();
  expect((await world.get('/v1/wallet', payee.bearer)).accounts[0].available).toBe(880);
});

test('where the money of a month went', async ({ page, world, enter, say }) => {
  const payer = await world.withToken(await world.person('Robin Lee', { CNY: 50_000 }));
  const [one, other] = [await world.person('Alex Morgan'), await world.person('Kim Novak')];
  await world.pay(payer, one, 7_500, 'rent');
  await world.pay(payer, other, 2_500, 'tea');
  await enter(payer);
  const today = page.getByRole('link', { name: say('home.today') });
  await expect(today).toContainText('100.00');
  await today.click();
  const main = page.getByRole('main');
  await expect(main).toContainText('100.00');
  await expect(
    main.getByRole('img', { name: say('spending.trend', { count: '6' }) }),
  ).toBeVisible();
  await expect(main.locator('canvas')).toBeVisible();
  const people = page.getByRole('region', { name: say('spending.people') });
  await expect(people.getByRole('listitem').first()).toContainText('75.00');
  await page.getByRole('combobox', { name: say('records.month') }).selectOption({ index: 1 });
  await expect(page.getByText(say('spending.none'))).toBeVisible();
  await expectNoOverflow(page);
});

test('a wallet that is left alone signs itself out', async ({ page, world, enter, say }) => {
  await enter(await world.person('Robin Lee', { CNY: 700 }));
  await page.goto('/records');
  await expect(page.getByRole('main')).toContainText('7.00');
  const leave = (minutes: number) =>
    page.evaluate((ago) => {
      localStorage.setItem('tael.touched', String(Date.now() - ago * 60_000));
      document.dispatchEvent(new Event('visibilitychange'));
    }, minutes);
  await leave(14);
  await expect(page.getByRole('main')).toContainText('7.00');
  await leave(16);
  await expect(page.getByText(say('sign_in.locked'))).toBeVisible();
  await expect.poll(async () => (await page.request.get('/v1/me')).status()).toBe(401);
});
