import { expect, fillTransfer, payWith, test } from '../support/story.ts';

test.describe('what the rules refuse', () => {
  test.beforeEach(({ expected }) => {
    expected.push(/status of 403/);
  });

  test('a mistyped Token says how many tries are left, the right one pays', async ({
    page,
    say,
    world,
    enter,
  }) => {
    const payer = await world.withToken(await world.person('Robin Lee', { CNY: 10_000 }));
    const payee = await world.person('Alex Morgan');
    await enter(payer);
    await fillTransfer(page, say, payee.phone, '10');
    await payWith(page, say, 'AAAABBBBCCCCDDDD');
    await expect(page.getByRole('dialog').getByRole('alert')).toContainText(/\d/);
    await payWith(page, say, payer.token);
    await expect(page.getByRole('heading', { name: say('pay.done') })).toBeVisible();
    expect((await world.get('/v1/wallet', payee.bearer)).accounts[0].available).toBe(1000);
  });
});

test('too little money: top up, come back, and what was typed is still there', async ({
  page,
  say,
  world,
  enter,
}) => {
  const payer = await world.withToken(await world.person('Robin Lee', { CNY: 1_000 }));
  const payee = await world.person('Alex Morgan');
  await enter(payer);
  await page.goto('/transfer');
  await page.getByLabel(say('transfer.to')).fill(payee.phone);
  await page.getByRole('button', { name: say('common.next') }).click();
  await page.getByLabel(say('common.amount')).fill('25');
  await expect(page.getByText(say('transfer.too_much'))).toBeVisible();
  await expect(page.getByRole('button', { name: say('common.next') })).toBeDisabled();
  await page
    .getByRole('main')
    .getByRole('link', { name: say('home.top_up') })
    .click();
  await page.getByRole('button', { name: '100', exact: true }).click();
  await page.getByRole('button', { name: say('top_up.submit') }).click();
  await page.getByRole('button', { name: say('common.done') }).click();
  await page
    .getByRole('main')
    .getByRole('link', { name: say('home.transfer') })
    .click();
  await expect(page.getByLabel(say('common.amount'))).toHaveValue('25');
  await page.getByRole('button', { name: say('common.next') }).click();
  await payWith(page, say, payer.token);
  await expect(page.getByRole('heading', { name: say('pay.done') })).toBeVisible();
});

test.describe('a network that fails in the middle', () => {
  test.beforeEach(({ expected }) => {
    expected.push(/ERR_FAILED|status of 403|ERR_INTERNET/);
  });

  test('the answer is lost and the page reloaded: one payment, and the truth', async ({
    page,
    say,
    world,
    enter,
  }) => {
    const payer = await world.withToken(await world.person('Robin Lee', { CNY: 10_000 }));
    const payee = await world.person('Alex Morgan');
    await enter(payer);
    await fillTransfer(page, say, payee.phone, '30');
    // The server does it; the browser never hears of it.
    await page.route('**/v1/transfers', async (route) => {
      if (route.request().postData()?.includes('authorization')) await route.fetch();
      await route.abort();
    });
    await payWith(page, say, payer.token);
    await expect(page.getByRole('heading', { name: say('pay.unknown') })).toBeVisible();
    await expect(page.getByText(say('pay.unknown_text'))).toBeVisible();
    await page.unroute('**/v1/transfers');
    await page.reload();
    await expect(page.getByRole('heading', { name: say('pay.done') })).toBeVisible();
    expect((await world.get('/v1/wallet', payee.bearer)).accounts[0].available).toBe(3000);
    await page.reload();
    await expect(page.getByRole('heading', { name: say('pay.done') })).toBeVisible();
    expect((await world.get('/v1/wallet', payee.bearer)).accounts[0].available).toBe(3000);
  });

  test('the request never arrives: it says so, and the same payment can be sent again', async ({
    page,
    say,
    world,
    enter,
  }) => {
    const payer = await world.withToken(await world.person('Robin Lee', { CNY: 10_000 }));
    const payee = await world.person('Alex Morgan');
    await enter(payer);
    await fillTransfer(page, say, payee.phone, '40');
    await page.route('**/v1/transfers', (route) => route.abort());
    await payWith(page, say, payer.token);
    await expect(page.getByRole('heading', { name: say('pay.unknown') })).toBeVisible();
    await page.goto('/');
    await expect(page.getByText(say('home.paying'))).toBeVisible();
    await page.unroute('**/v1/transfers');
    await page.getByText(say('home.paying')).click();
    await expect(page.getByText(say('pay.absent'))).toBeVisible({ timeout: 40_000 });
    await page.getByRole('button', { name: say('pay.retry') }).click();
    await payWith(page, say, payer.token);
    await expect(page.getByRole('heading', { name: say('pay.done') })).toBeVisible();
    expect((await world.get('/v1/wallet', payee.bearer)).accounts[0].available).toBe(4000);
  });
});

test('money that comes in is seen without a reload', async ({ page, say, world, enter }) => {
  const payer = await world.withToken(await world.person('Alex Morgan', { CNY: 99_999 }));
  const reader = await world.person('Robin Lee', { CNY: 100 });
  await enter(reader);
  await expect(page.getByRole('main')).toContainText('1.00');
  await world.pay(payer, reader, 76_543, 'rent');
  await expect(page.getByRole('main')).toContainText('766.43');
  await expect(page.getByRole('link', { name: 'rent' })).toBeVisible();
  await page.getByRole('button', { name: say('home.hide') }).click();
  await expect(page.getByRole('main')).not.toContainText('766.43');
});

test('records are searched, filtered and end', async ({ page, say, world, enter, language }) => {
  const payer = await world.withToken(await world.person('Robin Lee', { CNY: 100_000 }));
  const payee = await world.withToken(await world.person('Alex Morgan', { CNY: 5_000 }));
  for (let at = 1; at <= 34; at += 1) await world.pay(payer, payee, at * 100, `note ${at}`);
  await world.pay(payee, payer, 4_200, 'back again');
  await enter(payer);
  await page.goto('/records');
  const rows = page.getByRole('main').locator('.month a.t-row');
  await expect(rows.first()).toContainText('back again');
  await page.mouse.wheel(0, 20_000);
  await expect(page.getByText(say('records.end'))).toBeVisible();
  await expect(rows).toHaveCount(36);
  await page.getByRole('searchbox').fill('note 17');
  await expect(rows).toHaveCount(1);
  await page.getByRole('searchbox').fill('nothing like it');
  await expect(page.getByText(say('records.no_match'))).toBeVisible();
  await page.getByRole('searchbox').fill('');
  await page.getByText(say('records.in'), { exact: true }).first().click();
  await expect(rows).toHaveCount(2);
  await rows.first().click();
  await expect(page).toHaveURL(/\/records\/trf_/);
  await expect(page.getByText(say('records.id'))).toBeVisible();
  if (language === 'en') await expect(rows).toHaveCount(2);
  await page.getByRole('button', { name: say('common.back') }).click();
  await expect(page).toHaveURL(/\/records$/);
  await expect(rows).toHaveCount(2);
});
