import { expect, expectNoOverflow, stepUp, test } from '../support/story.ts';

test.beforeEach(({ expected }) => {
  // A step-up is asked for by a refusal, and a frozen wallet refuses to pay.
  expected.push(/status of (401|403|423)/);
});

test('one tap freezes, nothing can be paid, and a fresh proof lifts it', async ({
  page,
  world,
  enter,
  say,
}) => {
  const payer = await world.withToken(await world.person('Robin Lee', { CNY: 5_000 }));
  const payee = await world.person('Alex Morgan');
  await enter(payer);
  await page
    .getByRole('navigation')
    .getByRole('link', { name: say('nav.me'), exact: true })
    .click();
  await page.getByRole('link', { name: say('me.freeze') }).click();
  await page.getByRole('button', { name: say('freeze.now') }).click();
  const frozen = page.getByRole('region', { name: say('freeze.frozen') });
  await expect(frozen).toContainText(say('freeze.debit'));
  await expect(frozen).toContainText(say('freeze.by_self'));
  await expectNoOverflow(page);
  expect(await world.payStatus(payer, payee, 100)).toEqual([423, 'account_frozen']);
  await frozen
    .getByRole('button', { name: say('freeze.lift_named', { kind: say('freeze.debit') }) })
    .click();
  await stepUp(page, say, payer.token);
  await expect(frozen).toHaveCount(0);
  await expect(page.getByRole('region', { name: say('freeze.past') })).toBeVisible();
  expect(await world.payStatus(payer, payee, 100)).toEqual([201, undefined]);
});

test('without signing in: a code to the contacts freezes the wallet', async ({
  page,
  world,
  say,
}) => {
  const payer = await world.withToken(await world.person('Robin Lee', { CNY: 5_000 }));
  const payee = await world.person('Alex Morgan');
  await page.goto('/sign-in');
  await page.getByRole('link', { name: say('freeze.lost_phone') }).click();
  await page.getByLabel(say('sign_in.identifier')).fill(payer.phone);
  await page.getByRole('button', { name: say('sign_up.send_code') }).click();
  await page.getByLabel(say('sign_up.code')).fill(await world.secretFor(payer.phone));
  await expect(page.getByRole('heading', { name: say('freeze.open_done') })).toBeVisible();
  expect(await world.payStatus(payer, payee, 100)).toEqual([423, 'account_frozen']);
});

test('limits are seen, lowered at once, and raised with a fresh proof', async ({
  page,
  world,
  enter,
  say,
}) => {
  const payer = await world.withToken(await world.person('Robin Lee', { CNY: 50_000 }));
  const payee = await world.person('Alex Morgan');
  await world.pay(payer, payee, 1_200);
  await enter(payer);
  await page.goto('/me/limits');
  const card = page.getByRole('region', { name: 'CNY' });
  await expect(card).toContainText('12.00');
  const set = async (sum: string) => {
    await card.getByRole('button', { name: say('limits.change') }).click();
    const sheet = page.getByRole('dialog', { name: say('limits.change') });
    await sheet.getByLabel(`${say('limits.payment')} (CNY)`).fill(sum);
    await sheet.getByRole('button', { name: say('common.save') }).click();
  };
  await set('50');
  await expect(card).toContainText('50.00');
  await expectNoOverflow(page);
  expect(await world.payStatus(payer, payee, 6_000)).toEqual([422, 'limit_exceeded']);
  await set('80');
  await stepUp(page, say, payer.token);
  await expect(card).toContainText('80.00');
  expect(await world.payStatus(payer, payee, 6_000)).toEqual([201, undefined]);
});
