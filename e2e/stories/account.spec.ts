import { expect, expectNoOverflow, test } from '../support/story.ts';
import { newPhone, PASSWORD } from '../support/world.ts';

const NEXT = 'Maple-Comet4#Lagoon';

test.beforeEach(({ expected }) => {
  // A step-up is asked for by a refusal, and signed-out visits are refused.
  expected.push(/status of (401|403)/);
});

test('a lost password: a code, a new password, and in again', async ({ page, world, say }) => {
  const person = await world.person('Robin Lee', { CNY: 700 });
  await page.goto('/sign-in');
  await page.getByRole('link', { name: say('sign_in.forgot') }).click();
  await page.getByLabel(say('sign_in.identifier')).fill(person.phone);
  await page.getByRole('button', { name: say('sign_up.send_code') }).click();
  await expect(page.getByLabel(say('sign_up.code'))).toBeVisible();
  await page.getByLabel(say('sign_up.code')).fill(await world.secretFor(person.phone));
  await page.getByLabel(say('password.next'), { exact: true }).fill(NEXT);
  await expectNoOverflow(page);
  await page.getByRole('button', { name: say('recover.reset') }).click();
  await expect(page.getByRole('heading', { name: say('recover.done') })).toBeVisible();
  await page.getByRole('button', { name: say('sign_in.submit'), exact: true }).click();
  await page.getByLabel(say('sign_in.identifier')).fill(person.phone);
  await page.getByLabel(say('sign_in.password'), { exact: true }).fill(NEXT);
  await page.getByRole('button', { name: say('sign_in.submit'), exact: true }).click();
  await expect(page.getByRole('main')).toContainText('7.00');
});

test('the other exit: in without a password, to look and mend', async ({ page, world, say }) => {
  const person = await world.person('Robin Lee', { CNY: 700 });
  await page.goto('/recover');
  await page.getByLabel(say('sign_in.identifier')).fill(person.phone);
  await page.getByRole('button', { name: say('sign_up.send_code') }).click();
  await expect(page.getByLabel(say('sign_up.code'))).toBeVisible();
  await page.getByLabel(say('sign_up.code')).fill(await world.secretFor(person.phone));
  await page.getByRole('button', { name: say('recover.enter') }).click();
  await expect(page.getByRole('main')).toContainText('7.00');
});

test('a new password is judged while it is typed and signs other places out', async ({
  page,
  elsewhere,
  world,
  enter,
  say,
}) => {
  const person = await world.person('Robin Lee');
  const data = { identifier: person.phone, password: PASSWORD };
  expect((await elsewhere.request.post('/v1/sessions', { data })).status()).toBe(201);
  await enter(person);
  await page.goto('/me/password');
  await page.getByLabel(say('password.current'), { exact: true }).fill(PASSWORD);
  const next = page.getByLabel(say('password.next'), { exact: true });
  await next.fill('short1');
  const rule = page.getByRole('listitem').filter({ hasText: say('password_rule.symbol') });
  await expect(rule).toContainText('✗');
  await next.fill(NEXT);
  await expect(rule).toContainText('✓');
  await page.getByRole('button', { name: say('password.change') }).click();
  await expect(page.getByRole('heading', { name: say('password.done') })).toBeVisible();
  expect((await elsewhere.request.get('/v1/me')).status()).toBe(401);
  expect((await page.request.get('/v1/me')).status()).toBe(200);
});

test('a second contact: a fresh proof first, then its code', async ({
  page,
  world,
  enter,
  say,
}) => {
  const person = await world.person('Robin Lee');
  const email = `${newPhone()}@example.com`;
  await enter(person);
  await page.goto('/me/profile');
  await page.getByRole('button', { name: say('contacts.add') }).click();
  await page.getByRole('dialog').getByLabel(say('sign_in.identifier')).fill(email);
  await page
    .getByRole('dialog')
    .getByRole('button', { name: say('sign_up.send_code') })
    .click();
  const question = page.getByRole('dialog', { name: say('step_up.title') });
  await question.getByLabel(say('proof_by.password'), { exact: true }).fill(PASSWORD);
  await question.getByRole('button', { name: say('step_up.submit') }).click();
  await page.getByLabel(say('sign_up.code')).fill(await world.secretFor(email));
  await expect(page.getByRole('main')).toContainText(/@example\.com/);
  await expectNoOverflow(page);
});

test('leaving: what is in the way, the phrase, and staying after all', async ({
  page,
  world,
  enter,
  say,
}) => {
  const rich = await world.person('Alex Morgan', { CNY: 100 });
  await enter(rich);
  await page.goto('/me/closing');
  await expect(page.getByText(say('closing.is_balance'))).toBeVisible();
  await page.context().clearCookies();
  await page.evaluate(() => localStorage.clear());

  await enter(await world.person('Robin Lee'));
  await page.goto('/me/closing');
  await page
    .getByLabel(say('closing.type', { phrase: say('closing.phrase') }))
    .fill(say('closing.phrase'));
  await page
    .getByRole('main')
    .getByRole('button', { name: say('me.closing') })
    .click();
  const question = page.getByRole('dialog', { name: say('step_up.title') });
  await question.getByLabel(say('proof_by.password'), { exact: true }).fill(PASSWORD);
  await question.getByRole('button', { name: say('step_up.submit') }).click();
  await expect(page.getByRole('heading', { name: say('closing.waiting') })).toBeVisible();
  await page.getByRole('button', { name: say('closing.keep') }).click();
  await expect(
    page.getByLabel(say('closing.type', { phrase: say('closing.phrase') })),
  ).toBeVisible();
});

test('a computer signs in with the phone that is signed in already', async ({
  page,
  elsewhere,
  world,
  enter,
  say,
}) => {
  const person = await world.withToken(await world.person('Robin Lee', { CNY: 700 }));
  await enter(person);
  const computer = await elsewhere.newPage();
  const asked = computer.waitForResponse('**/v1/device-confirmations');
  await computer.goto('/sign-in/code');
  const { url } = await (await asked).json();
  const { hash } = new URL(url);
  await page.goto(`/q${hash}`);
  await expect(page.getByText(say('confirm.for_sign_in'))).toBeVisible();
  await page.getByLabel(say('proof_by.security_token')).fill(person.token);
  await page.getByRole('button', { name: say('confirm.approve') }).click();
  await expect(page.getByRole('heading', { name: say('confirm.approved') })).toBeVisible();
  await expect(computer.locator('.balance')).toContainText('7.00');
});

test('a message tells of a Token; its link stops everything without a sign-in', async ({
  page,
  world,
  say,
}) => {
  const person = await world.withToken(await world.person('Robin Lee'));
  const text = await world.textFor(person.phone, /\/not-me#/);
  const link = new URL(text.match(/https?:\S*\/not-me#\S+/)?.[0] ?? '');
  await page.goto(`/not-me${link.hash}`);
  await page.getByRole('button', { name: say('not_me.stop') }).click();
  await expect(page.getByRole('heading', { name: say('not_me.done') })).toBeVisible();
  await page.getByRole('button', { name: say('not_me.next') }).click();
  await expect(page.getByLabel(say('sign_in.identifier'))).toBeVisible();
  const me = await page.request.get('/v1/me', {
    headers: { authorization: `Bearer ${person.bearer}` },
  });
  expect(me.status()).toBe(401);
});

test('the security centre counts, and looking back lets one say "not me"', async ({
  page,
  world,
  enter,
  say,
}) => {
  await enter(await world.person('Robin Lee'));
  await page.goto('/me/security');
  await expect(page.getByText(say('security.do_security_token'))).toBeVisible();
  await page.getByRole('link', { name: say('review.title') }).click();
  await page.getByRole('button', { name: say('review.all_me') }).click();
  await expect(page.getByRole('heading', { name: say('review.clean') })).toBeVisible();
  await page.getByRole('button', { name: say('common.done') }).click();
  const done = page.getByText(say('security.do_reviewed')).locator('xpath=ancestor::div[1]');
  await expect(done).toContainText(say('security.done'));
});

test('what happened is told, and that nobody looked', async ({ page, world, enter, say }) => {
  const person = await world.withToken(await world.person('Robin Lee'));
  await enter(person);
  await page.goto('/me/activity');
  const list = page.getByRole('main').getByRole('list');
  await expect(list).toContainText(say('audit.session_opened'));
  await expect(list).toContainText(say('audit.security_token_activated'));
  await expect(list).toContainText(say('activity.by_me'));
  await expectNoOverflow(page);
  await page.getByText(say('activity.access'), { exact: true }).click();
  await expect(page.getByText(say('activity.access_none'))).toBeVisible();
});
