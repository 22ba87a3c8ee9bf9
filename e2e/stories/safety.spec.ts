import { expect, expectNoOverflow, stepUp, test } from '../support/story.ts';

test('the Token is replaced, then canceled; the history knows both', async ({
  page,
  say,
  world,
  enter,
}) => {
  const person = await world.withToken(await world.person('Robin Lee'));
  await enter(person);
  await page.goto('/me/token');
  await expect(page.getByRole('heading', { name: say('token.active') })).toBeVisible();
  await page.getByRole('button', { name: say('channel.sms') }).click();
  await expect(page.getByLabel(say('token.type'))).toBeVisible();
  await page.getByLabel(say('token.type')).fill(await world.secretFor(person.phone));
  await page.getByRole('button', { name: say('token.activate') }).click();
  await page.getByRole('button', { name: say('token.see') }).click();
  await expect(page.getByText(say('token_state.canceled'))).toHaveCount(1);
  await page.getByRole('button', { name: say('token.cancel') }).click();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: say('token.cancel') })
    .click();
  await expect(page.getByRole('heading', { name: say('token.request') })).toBeVisible();
  await expect(page.getByText(say('token_state.canceled'))).toHaveCount(2);
  await page.goto('/');
  await expect(page.getByText(say('home.no_token'))).toBeVisible();
});

test('the Token has a name, is blocked, and a stronger proof unblocks it', async ({
  page,
  say,
  world,
  enter,
  expected,
}) => {
  expected.push(/status of 403/);
  const payer = await world.withToken(await world.person('Robin Lee', { CNY: 5_000 }));
  const payee = await world.person('Alex Morgan');
  await enter(payer);
  await page.goto('/me/token');
  await page.getByRole('button', { name: say('token.rename') }).click();
  const sheet = page.getByRole('dialog');
  await sheet.getByLabel(say('common.name')).fill('Everyday');
  await sheet.getByRole('button', { name: say('common.save') }).click();
  await expect(page.getByRole('main')).toContainText('Everyday');

  await page.getByRole('button', { name: say('token.block') }).click();
  await sheet.getByRole('button', { name: say('token.block') }).click();
  await expect(page.getByRole('heading', { name: say('token.blocked') })).toBeVisible();
  expect((await world.payStatus(payer, payee, 100))[0]).toBe(403);
  await expectNoOverflow(page);

  await page.getByRole('button', { name: say('token.unblock') }).click();
  await stepUp(page, say, { password: payer.password });
  await expect(page.getByRole('heading', { name: say('token.active') })).toBeVisible();
  expect((await world.payStatus(payer, payee, 100))[0]).toBe(201);
  await page.getByRole('button', { name: say('token.more') }).click();
  for (const event of ['requested', 'activated', 'renamed', 'blocked', 'unblocked'])
    await expect(sheet.getByText(say(`token.event_${event}`), { exact: true })).toBeVisible();
});

test('another place is signed out from here', async ({ page, say, world, enter, elsewhere }) => {
  const person = await world.person('Robin Lee');
  await enter(person);
  const there = await elsewhere.request.post('/v1/sessions', {
    data: { identifier: person.phone, password: person.password },
    headers: { 'user-agent': 'Mozilla/5.0 (iPhone) Safari/605' },
  });
  const { token } = await there.json();
  await page.goto('/me/places');
  await expect(page.getByText(say('places.current')).first()).toBeVisible();
  await page
    .getByRole('button', { name: say('places.end_named', { name: 'Safari · iPhone' }) })
    .click();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: say('places.end') })
    .click();
  const open = page.getByRole('region', { name: say('places.title') });
  await expect(open).toContainText(say('places.current'));
  await expect(open).not.toContainText('Safari · iPhone');
  expect((await world.get('/v1/me', token)).code).toBe('unauthenticated');
});

test('a device gets a name, and every other place is signed out at once', async ({
  page,
  say,
  world,
  enter,
}) => {
  const person = await world.person('Robin Lee');
  await enter(person);
  await page.goto('/me/places');
  const devices = page.getByRole('region', { name: say('devices.title') });
  await devices
    .getByRole('button', { name: say('places.rename') })
    .first()
    .click();
  const sheet = page.getByRole('dialog', { name: say('places.rename') });
  await sheet.getByLabel(say('common.name')).fill('Desk');
  await sheet.getByRole('button', { name: say('common.save') }).click();
  await expect(devices).toContainText('Desk');
  await page.getByRole('button', { name: say('places.end_all') }).click();
  await page
    .getByRole('dialog', { name: say('places.end_all') })
    .getByRole('button', { name: say('places.end_all') })
    .click();
  await expect(page.getByRole('button', { name: say('places.end_all') })).toHaveCount(0);
  expect((await world.get('/v1/me', person.bearer)).code).toBe('unauthenticated');
});

test.describe('wrong and weak', () => {
  test.beforeEach(({ expected }) => {
    expected.push(/status of 4\d\d/);
  });

  test('a wrong password, then a wrong code, then a weak password are explained', async ({
    page,
    say,
    world,
  }) => {
    const person = await world.person('Robin Lee');
    await page.goto('/sign-in');
    await page.getByLabel(say('sign_in.identifier')).fill(person.phone);
    await page.getByLabel(say('sign_in.password'), { exact: true }).fill('not the password');
    await page.getByRole('button', { name: say('sign_in.submit'), exact: true }).click();
    await expect(page.getByRole('alert')).toContainText(say('problem.auth_failed'));
    await expect(page.getByLabel(say('sign_in.identifier'))).toHaveValue(person.phone);

    const email = `e${Date.now()}@example.com`;
    await page.goto('/sign-up');
    await page.getByText(say('sign_up.by_email'), { exact: true }).click();
    await page.getByLabel(say('sign_up.email')).fill(email);
    await page.getByLabel(say('sign_up.consent')).check();
    await page.getByRole('button', { name: say('sign_up.send_code') }).click();
    const code = page.getByLabel(say('sign_up.code'));
    await expect(code).toBeVisible();
    const right = await world.secretFor(email);
    await code.fill(right === '000000' ? '111111' : '000000');
    await expect(page.getByRole('alert').last()).toContainText(say('problem.code_wrong'));
    await code.fill(right);
    await page.getByLabel(say('sign_up.name'), { exact: true }).fill('Robin Lee');
    await page.getByLabel(say('sign_in.password'), { exact: true }).fill('Password123!');
    await page.getByRole('button', { name: say('sign_up.finish') }).click();
    await expect(page.getByText(say('problem.password_too_weak'))).toBeVisible();
    await expect(page.locator('.rules__rule--broken').first()).toBeVisible();
  });
});

test('a session that ended elsewhere leads to the sign-in', async ({
  page,
  say,
  world,
  enter,
  expected,
}) => {
  expected.push(/status of 401/);
  const person = await world.person('Robin Lee');
  await enter(person);
  const { data } = await world.get('/v1/sessions', person.bearer);
  for (const place of data) {
    if (place.user_agent.includes('Chrome')) await world.end(person, place.id);
  }
  await expect(page.getByRole('button', { name: say('sign_in.submit'), exact: true })).toBeVisible({
    timeout: 20_000,
  });
});
