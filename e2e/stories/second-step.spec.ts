import { createHmac } from 'node:crypto';
import { expect, expectNoOverflow, fillTransfer, test } from '../support/story.ts';
import { PASSWORD } from '../support/world.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The number that an authenticator app shows (RFC 6238), `ahead` steps of 30 s from now. */
function totp(secret: string, ahead = 0): string {
  const bits = [...secret.replace(/[\s=]/g, '')]
    .map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, '0'))
    .join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + ahead));
  const mac = createHmac('sha1', key).update(step).digest();
  const at = (mac.at(-1) ?? 0) & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

test.beforeEach(({ expected }) => {
  expected.push(/status of (401|403)/);
});

test('an authenticator is set up, asked for at sign-in, and its codes replace it', async ({
  page,
  world,
  enter,
  say,
}) => {
  const person = await world.person('Robin Lee', { CNY: 700 });
  await enter(person);
  await page.goto('/me/two-step');
  await page.getByRole('button', { name: say('two_step.totp_set_up') }).click();
  const question = page.getByRole('dialog', { name: say('step_up.title') });
  await question.getByLabel(say('proof_by.password'), { exact: true }).fill(PASSWORD);
  await question.getByRole('button', { name: say('step_up.submit') }).click();
  const secret = (await page.locator('.factors__secret').textContent()) ?? '';
  await page.getByLabel(say('two_step.totp_number')).fill(totp(secret, -1));
  await page
    .locator('form')
    .getByRole('button', { name: say('two_step.turn_on') })
    .click();
  await expect(page.getByRole('heading', { name: say('two_step.codes_new') })).toBeVisible();
  const codes = await page.locator('.factors__codes li').allTextContents();
  expect(codes).toHaveLength(10);
  await expectNoOverflow(page);
  await page.getByRole('button', { name: say('two_step.codes_kept') }).click();

  for (const proof of ['number', 'code'] as const) {
    await page.context().clearCookies();
    await page.evaluate(() => localStorage.clear());
    await page.goto('/sign-in');
    await page.getByLabel(say('sign_in.identifier')).fill(person.phone);
    await page.getByLabel(say('sign_in.password'), { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: say('sign_in.submit'), exact: true }).click();
    await expect(page.getByRole('heading', { name: say('sign_in.second_title') })).toBeVisible();
    if (proof === 'number') {
      // A number works once: the one before this was spent on turning it on.
      await page.getByLabel(say('proof_by.totp')).fill(totp(secret));
    } else {
      await page.getByRole('button', { name: say('proof_by.use_recovery_code') }).click();
      await page.getByLabel(say('proof_by.recovery_code'), { exact: true }).fill(codes[0] ?? '');
    }
    await page.getByRole('button', { name: say('sign_in.submit'), exact: true }).click();
    await expect(page.getByRole('main')).toContainText('7.00');
  }
});

test('a payment PIN is set with a fresh proof, and pays', async ({
  page,
  world,
  enter,
  say,
  expected,
}) => {
  expected.push(/status of 422/);
  await enter(await world.person('Robin Lee', { CNY: 900 }));
  await page.goto('/me/pin');
  await page.getByLabel(say('pin.next'), { exact: true }).fill('739264');
  await page.getByLabel(say('pin.again')).fill('739265');
  await expect(page.getByText(say('pin.differs'))).toBeVisible();
  await page.getByLabel(say('pin.again')).fill('739264');
  await page.getByRole('button', { name: say('pin.save') }).click();
  const question = page.getByRole('dialog', { name: say('step_up.title') });
  await question.getByLabel(say('proof_by.password'), { exact: true }).fill(PASSWORD);
  await question.getByRole('button', { name: say('step_up.submit') }).click();
  await expect(page.getByRole('heading', { name: say('pin.done') })).toBeVisible();

  const payee = await world.person('Alex Morgan');
  await fillTransfer(page, say, payee.phone, '3');
  const sheet = page.getByRole('dialog');
  await sheet.getByLabel(say('proof_by.pin')).fill('739265');
  await sheet.getByRole('button', { name: say('transfer.pay') }).click();
  await expect(sheet.getByText(say('problem.proof_wrong'))).toBeVisible();
  await sheet.getByLabel(say('proof_by.pin')).fill('739264');
  await sheet.getByRole('button', { name: say('transfer.pay') }).click();
  await expect(page.getByRole('heading', { name: say('pay.done') })).toBeVisible();
  expect((await world.get('/v1/wallet', payee.bearer)).accounts[0].available).toBe(300);
});
