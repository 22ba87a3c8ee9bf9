import { expect, expectNoOverflow, findings, stepUp, test } from '../support/story.ts';

test('a program gets a token of its own: caps, one claim, a new secret, and its end', async ({
  page,
  world,
  enter,
  say,
  expected,
}) => {
  expected.push(/status of (403|422)/);
  const owner = await world.withToken(await world.person('Robin Lee', { CNY: 50_000 }));
  const payee = await world.person('Alex Morgan');
  await enter(owner);
  await page.goto('/me/programs');
  await expect(page.getByText(say('programs.none'))).toBeVisible();
  await page.getByRole('link', { name: say('programs.new') }).click();
  await page.getByLabel(say('common.name')).fill('Shop');
  await page.getByLabel(say('programs.scope_transfers_create')).check();
  const create = page.getByRole('button', { name: say('programs.create') });
  await expect(create).toBeDisabled();
  await page.getByLabel(`${say('programs.per_payment')} (CNY)`).fill('5');
  await create.click();
  await stepUp(page, say, owner.token);

  const claim = async () => {
    await expect(page.getByLabel(say('programs.claim_code'))).toBeVisible();
    const code = await world.claimCode(owner);
    await page.getByLabel(say('programs.claim_code')).fill(code);
    await page.getByRole('button', { name: say('programs.claim') }).click();
    const card = page.getByRole('region', { name: say('programs.secret') });
    const secret = (await card.locator('code').textContent()) ?? '';
    expect(secret).toMatch(/^tat_test_/);
    await expectNoOverflow(page);
    expect(await findings(page)).toEqual([]);
    await page.getByRole('button', { name: say('programs.kept') }).click();
    await expect(page.getByText(secret)).toHaveCount(0);
    return secret;
  };
  const first = await claim();
  expect(await world.payStatus({ ...owner, bearer: first }, payee, 500)).toEqual([201, undefined]);
  expect((await world.payStatus({ ...owner, bearer: first }, payee, 501))[1]).toBe('cap_exceeded');
  await page.reload();
  const facts = page.getByRole('region', { name: 'Shop' });
  await expect(facts).toContainText(say('programs.state_active'));
  await expect(facts).toContainText('5.00');

  await page.getByRole('button', { name: say('programs.change_caps') }).click();
  const sheet = page.getByRole('dialog', { name: say('programs.change_caps') });
  await sheet.getByLabel(`${say('programs.per_payment')} (CNY)`).fill('4');
  await sheet.getByRole('button', { name: say('common.save') }).click();
  await expect(facts).toContainText('4.00');

  await page.getByRole('button', { name: say('programs.rotate') }).click();
  await page
    .getByRole('dialog', { name: say('programs.rotate') })
    .getByRole('button', { name: say('programs.create') })
    .click();
  await stepUp(page, say, owner.token);
  const second = await claim();
  expect(second).not.toBe(first);

  await page.getByRole('button', { name: say('programs.revoke') }).click();
  await page
    .getByRole('dialog', { name: say('programs.revoke_sure') })
    .getByRole('button', { name: say('programs.revoke') })
    .click();
  await expect(facts).toContainText(say('programs.state_revoked'));
  expect((await world.payStatus({ ...owner, bearer: second }, payee, 100))[0]).toBe(401);
});
