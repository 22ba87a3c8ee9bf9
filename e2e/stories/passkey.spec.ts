import type { Page } from '@playwright/test';
import { expect, expectNoOverflow, fillTransfer, stepUp, test } from '../support/story.ts';
import { PASSWORD } from '../support/world.ts';

/** A device that knows its owner, built into the browser. */
async function authenticator(page: Page) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('WebAuthn.enable');
  const { authenticatorId } = await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return { devtools, authenticatorId };
}

test.beforeEach(({ expected }) => {
  expected.push(/status of (401|403)/);
});

test('a passkey is made, named, signs in, answers a step-up, and is removed', async ({
  page,
  world,
  enter,
  say,
}) => {
  const person = await world.person('Robin Lee', { CNY: 700 });
  await enter(person);
  const device = await authenticator(page);
  await page.goto('/me/passkeys');
  await page.getByLabel(say('passkeys.name')).fill('Laptop');
  await page.getByRole('button', { name: say('passkeys.add') }).click();
  await stepUp(page, say, { password: PASSWORD });
  const list = page.getByRole('region', { name: say('me.passkeys') });
  await expect(list).toContainText('Laptop');
  const { credentials } = await device.devtools.send('WebAuthn.getCredentials', {
    authenticatorId: device.authenticatorId,
  });
  expect(credentials).toHaveLength(1);
  expect(credentials[0]?.isResidentCredential).toBe(true);

  await list
    .getByRole('button', { name: say('passkeys.rename_named', { name: 'Laptop' }) })
    .click();
  const sheet = page.getByRole('dialog', { name: say('passkeys.rename') });
  await sheet.getByLabel(say('common.name')).fill('My laptop');
  await sheet.getByRole('button', { name: say('common.save') }).click();
  await expect(list).toContainText('My laptop');
  await expectNoOverflow(page);

  await page.context().clearCookies();
  await page.evaluate(() => localStorage.clear());
  await page.goto('/sign-in');
  await page.getByRole('button', { name: say('sign_in.by_passkey') }).click();
  await expect(page.getByRole('main')).toContainText('7.00');

  await page.goto('/me/passkeys');
  await list
    .getByRole('button', { name: say('passkeys.remove_named', { name: 'My laptop' }) })
    .click();
  await page
    .getByRole('dialog', { name: say('passkeys.sure') })
    .getByRole('button', { name: say('common.remove') })
    .click();
  // Whoever has a passkey is asked for it, and for nothing weaker.
  const question = page.getByRole('dialog', { name: say('step_up.title') });
  await expect(question.getByText(say('proof_by.use_password'))).toHaveCount(0);
  await question.getByRole('button', { name: say('proof_by.use_passkey') }).click();
  await expect(page.getByText(say('passkeys.none'))).toBeVisible();
});

test('a payment is signed by a passkey, for exactly this sum and payee', async ({
  page,
  world,
  enter,
  say,
}) => {
  const payer = await world.person('Robin Lee', { CNY: 5_000 });
  const payee = await world.person('Alex Morgan');
  await enter(payer);
  const { devtools, authenticatorId } = await authenticator(page);
  await page.goto('/me/passkeys');
  await page.getByRole('button', { name: say('passkeys.add') }).click();
  await stepUp(page, say, { password: PASSWORD });
  await expect(page.getByRole('region', { name: say('me.passkeys') })).toBeVisible();

  await fillTransfer(page, say, payee.phone, '12');
  const sheet = page.getByRole('dialog');
  await devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
  await sheet.getByRole('button', { name: say('transfer.pay') }).click();
  await expect(sheet.getByText(say('passkeys.dismissed'))).toBeVisible();
  await devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true });
  await sheet.getByRole('button', { name: say('transfer.pay') }).click();
  await expect(page.getByRole('heading', { name: say('pay.done') })).toBeVisible();
  expect((await world.get('/v1/wallet', payee.bearer)).accounts[0].available).toBe(1200);
});

test('a passkey that its owner does not unlock opens nothing, and the form says why', async ({
  page,
  world,
  enter,
  say,
}) => {
  await enter(await world.person('Robin Lee'));
  const { devtools, authenticatorId } = await authenticator(page);
  await devtools.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false });
  await page.goto('/me/passkeys');
  const name = page.getByLabel(say('passkeys.name'));
  await name.fill('Laptop');
  await page.getByRole('button', { name: say('passkeys.add') }).click();
  await stepUp(page, say, { password: PASSWORD });
  await expect(page.getByRole('alert').filter({ hasText: /./ })).toContainText(
    say('passkeys.dismissed'),
  );
  await expect(name).toHaveValue('Laptop');
  await expect(page.getByText(say('passkeys.none'))).toBeVisible();
});
