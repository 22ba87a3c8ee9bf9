import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Page } from '@playwright/test';
import { expect, expectNoOverflow, payWith, type Say, test } from '../support/story.ts';
import { newPhone, PASSWORD } from '../support/world.ts';

/** Finds the newest code or Token in the drawer, as a newcomer does. */
async function arrived(page: Page, say: Say, secret: string) {
  await page.getByRole('button', { name: say('sandbox.messages') }).click();
  const drawer = page.getByRole('dialog');
  await expect(drawer.getByTestId('secret').getByText(secret, { exact: true })).toBeVisible();
  await drawer.getByRole('button', { name: say('common.close') }).click();
  return secret;
}

test('a newcomer signs up, gets the Token, tops up, pays and keeps the receipt', async ({
  page,
  say,
  world,
  language,
}) => {
  const contact = newPhone();
  const payee = await world.person(language === 'en' ? 'Alex Morgan' : '陈思远');
  await page.goto('/');
  await expect(page.getByRole('heading', { name: say('welcome.title') })).toBeVisible();
  await page.getByRole('link', { name: say('welcome.sign_up') }).click();

  await page.getByLabel(say('sign_up.phone'), { exact: true }).last().fill(contact);
  await page.getByLabel(say('sign_up.consent')).check();
  await page.getByRole('button', { name: say('sign_up.send_code') }).click();
  await expect(page.getByLabel(say('sign_up.code'))).toBeVisible();
  await page
    .getByLabel(say('sign_up.code'))
    .fill(await arrived(page, say, await world.secretFor(contact)));

  await page
    .getByLabel(say('sign_up.name'), { exact: true })
    .fill(language === 'en' ? 'Robin Lee' : '林薇');
  await page.getByLabel(say('sign_in.password'), { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: say('sign_up.finish') }).click();
  await expect(page.getByRole('heading', { name: say('sign_up.ready') })).toBeVisible();
  await page.getByRole('button', { name: say('sign_up.get_token') }).click();

  await page.getByRole('button', { name: say('channel.sms') }).click();
  await expect(page.getByLabel(say('token.type'))).toBeVisible();
  const token = await arrived(page, say, await world.secretFor(contact));
  expect(token).toMatch(/^\w{4}(-\w{4}){3}$/);
  await page.getByLabel(say('token.type')).fill(token);
  await page.getByRole('button', { name: say('token.activate') }).click();
  await expect(page.getByRole('heading', { name: say('token.done') })).toBeVisible();
  await page
    .getByRole('main')
    .getByRole('button', { name: say('common.home') })
    .click();

  await page
    .getByRole('main')
    .getByRole('link', { name: say('home.top_up'), exact: true })
    .click();
  await page.getByLabel(say('common.amount')).fill('500');
  await page.getByRole('button', { name: say('top_up.submit') }).click();
  await expect(page.getByRole('heading', { name: say('top_up.done') })).toBeVisible();
  await page.getByRole('button', { name: say('common.done') }).click();

  await page
    .getByRole('main')
    .getByRole('link', { name: say('home.transfer') })
    .click();
  await page.getByLabel(say('transfer.to')).fill(payee.phone);
  await page.getByRole('button', { name: say('common.next') }).click();
  await page.getByLabel(say('common.amount')).fill('12.5');
  await page.getByLabel(say('transfer.note')).fill('☕');
  await page.getByRole('button', { name: say('common.next') }).click();
  await expect(page.getByRole('dialog').getByText('12.50')).toBeVisible();
  await payWith(page, say, token);
  await expect(page.getByRole('heading', { name: say('pay.done') })).toBeVisible();
  await expect(page.getByRole('main')).toContainText('487.50');
  await expectNoOverflow(page);

  await page.getByRole('link', { name: say('pay.see_record') }).click();
  await expect(page.getByText(say('record_state.completed'))).toBeVisible();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: say('proof.download') }).click(),
  ]);
  const file = path.join(test.info().outputDir, download.suggestedFilename());
  await download.saveAs(file);
  const tael = ['release', 'debug']
    .map((kind) => path.join(import.meta.dirname, '../../target', kind, 'tael'))
    .find((one) => existsSync(one));
  if (tael) execFileSync(process.env.TAEL_BIN ?? tael, ['verify-receipt', file]);

  await page
    .getByRole('navigation')
    .getByRole('link', { name: say('nav.records') })
    .click();
  await expect(page.getByRole('link', { name: '☕' })).toContainText('-');
  expect((await world.get('/v1/wallet', payee.bearer)).accounts[0].available).toBe(1250);
});

test('sign up by e-mail, Token by in-app message', async ({ page, say, language, world }) => {
  const contact = `${newPhone()}@example.com`;
  await page.goto('/sign-up');
  await page.getByText(say('sign_up.by_email'), { exact: true }).click();
  await page.getByLabel(say('sign_up.email')).fill(contact);
  await page.getByLabel(say('sign_up.consent')).check();
  await page.getByRole('button', { name: say('sign_up.send_code') }).click();
  await expect(page.getByLabel(say('sign_up.code'))).toBeVisible();
  await page
    .getByLabel(say('sign_up.code'))
    .fill(await arrived(page, say, await world.secretFor(contact)));
  await page
    .getByLabel(say('sign_up.name'), { exact: true })
    .fill(language === 'en' ? 'Sam' : '王芳');
  await page.getByLabel(say('sign_in.password'), { exact: true }).fill(PASSWORD);
  await page.getByRole('button', { name: say('sign_up.finish') }).click();
  await page.getByRole('button', { name: say('sign_up.get_token') }).click();
  await page.getByRole('button', { name: say('channel.inbox') }).click();
  await expect(page.getByLabel(say('token.type'))).toBeVisible();
  await page.getByRole('link', { name: say('nav.inbox') }).click();
  const text = await page
    .getByRole('main')
    .getByText(/\w{4}(-\w{4}){3}/)
    .first()
    .textContent();
  const token = text?.match(/[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}/)?.[0] ?? '';
  await page.goto('/me/token');
  await page.getByLabel(say('token.type')).fill(token.toLowerCase());
  await page.getByRole('button', { name: say('token.activate') }).click();
  await expect(page.getByRole('heading', { name: say('token.done') })).toBeVisible();
});
