import { expect, expectNoOverflow, test } from '../support/story.ts';

/** The smallest picture that is one. */
const PICTURE = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

test('a document is handed in: what it says, its picture, and then it is looked at', async ({
  page,
  world,
  enter,
  say,
  expected,
}) => {
  expected.push(/status of (415|422)/);
  await enter(await world.person('Robin Lee'));
  await page.goto('/me/verification');
  await expect(page.getByText(say('verification.level', { tier: '0' }))).toBeVisible();
  await page.getByText(say('verification.passport'), { exact: true }).click();
  await page.getByLabel(say('verification.name')).fill('Robin Lee');
  const number = page.getByLabel(say('verification.number'));
  await number.fill('?');
  await page.getByLabel(say('verification.birth')).fill('1990-12-31');
  await page.getByRole('button', { name: say('common.next') }).click();
  await expect(page.getByText(say('problem.document_number_invalid'))).toBeVisible();
  await expect(page.getByLabel(say('verification.name'))).toHaveValue('Robin Lee');
  await number.fill(`E${String(Math.floor(Math.random() * 1e8)).padStart(8, '0')}`);
  await page.getByRole('button', { name: say('common.next') }).click();

  const files = page.getByRole('region', { name: say('verification.files') });
  const front = files.locator('input[type=file]').first();
  const submit = files.getByRole('button', { name: say('verification.submit') });
  await expect(submit).toBeDisabled();
  await front.setInputFiles({ name: 'x.png', mimeType: 'image/png', buffer: Buffer.from('no') });
  await expect(files.getByText(say('problem.file_not_allowed'))).toBeVisible();
  await front.setInputFiles({ name: 'x.png', mimeType: 'image/png', buffer: PICTURE });
  await expect(files.getByText(say('verification.kept'))).toBeVisible();
  await expectNoOverflow(page);
  await page.reload();
  await submit.click();
  await expect(page.getByRole('heading', { name: say('verification.in_review') })).toBeVisible();
});

test('hours of quiet, ways and language of messages are kept by the server', async ({
  page,
  world,
  enter,
  say,
  language,
}) => {
  const person = await world.person('Robin Lee');
  await enter(person);
  await page.goto('/me/messages');
  await page.getByRole('switch', { name: say('messages.quiet_on') }).check();
  await page.getByLabel(say('messages.to')).fill('06:45');
  await page.getByRole('button', { name: say('common.save') }).click();
  await expect(page.getByRole('button', { name: say('common.save') })).toHaveCount(0);
  const payments = page.getByRole('group', { name: say('messages.payments') });
  const email = payments.getByLabel(say('channel.email'));
  const before = await email.isChecked();
  await email.click();
  await expect(email).toBeChecked({ checked: !before });
  await page.getByText(language === 'en' ? '简体中文' : 'English', { exact: true }).click();
  await expectNoOverflow(page);
  await expect
    .poll(() => world.get('/v1/preferences', person.bearer))
    .toMatchObject({
      locale: language === 'en' ? 'zh' : 'en',
      quiet_hours: { from: '22:00', to: '06:45' },
    });
  await page.reload();
  await expect(email).toBeChecked({ checked: !before });
  await page.getByRole('switch', { name: say('messages.quiet_on') }).uncheck();
  await expect
    .poll(async () => (await world.get('/v1/preferences', person.bearer)).quiet_hours)
    .toBeNull();
});
