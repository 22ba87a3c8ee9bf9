import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { type BrowserContext, test as base, expect, type Page } from '@playwright/test';
import { type Person, World } from './world.ts';

export type Language = 'zh-CN' | 'en';
export type Options = { language: Language };

const locales = path.join(import.meta.dirname, '../../web/app/src/locales');

/** The texts of a language, `say('home.transfer')`, as the app has them. */
export type Say = (key: string, values?: Record<string, string>) => string;

const sayIn = (language: Language): Say => {
  const texts = JSON.parse(readFileSync(path.join(locales, `${language}.json`), 'utf8'));
  return (key, values = {}) => {
    const [section = '', name = ''] = key.split('.');
    const text: string | undefined = texts[section]?.[name];
    if (text === undefined) throw new Error(`no text ${key}`);
    return text.replace(/{{(\w+)}}/g, (_, value) => values[value] ?? '');
  };
};

type Fixtures = Options & {
  say: Say;
  world: World;
  /** Signs the page in as somebody and shows their home. */
  enter: (person: Person) => Promise<void>;
  /** Refusals that this story provokes; Chromium reports each as an error. */
  expected: RegExp[];
  /** Complaints of every page of the story; none may be left at its end. */
  watch: (context: BrowserContext) => void;
  /** Another browser, of somebody else or on another desk; watched as the first. */
  elsewhere: BrowserContext;
};

export const test = base.extend<Fixtures>({
  language: ['en', { option: true }],
  // biome-ignore lint/correctness/noEmptyPattern: the framework reads the names of the pattern
  expected: async ({}, use) => use([]),
  say: async ({ language }, use) => use(sayIn(language)),
  world: async ({ playwright, baseURL, language }, use) => {
    const api = await playwright.request.newContext();
    await use(new World(api, baseURL ?? '', language === 'en' ? 'en' : 'zh'));
    await api.dispose();
  },
  enter: async ({ page, say }, use) =>
    use(async (person) => {
      await page.goto('/sign-in');
      await page.getByLabel(say('sign_in.identifier')).fill(person.phone);
      await page.getByLabel(say('sign_in.password'), { exact: true }).fill(person.password);
      await page.getByRole('button', { name: say('sign_in.submit'), exact: true }).click();
      await expect(page.getByText(say('home.available'))).toBeVisible();
    }),
  // No story may leave an error in the console or ask anything of another origin.
  watch: [
    async ({ context, baseURL, expected }, use) => {
      const complaints: string[] = [];
      const own = new URL(baseURL ?? '').origin;
      const watch = (watched: BrowserContext) => {
        watched.on('console', (message) => {
          const text = `${message.text()} ${message.location().url}`;
          if (message.type() === 'error' && !expected.some((one) => one.test(text)))
            complaints.push(text);
        });
        watched.on('weberror', (error) => complaints.push(String(error.error())));
        watched.on('request', (request) => {
          const url = new URL(request.url());
          if (url.origin !== own && !['data:', 'blob:'].includes(url.protocol))
            complaints.push(`asked ${url}`);
        });
      };
      watch(context);
      await use(watch);
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],
  elsewhere: async ({ browser, baseURL, watch, locale }, use) => {
    const context = await browser.newContext({
      baseURL: baseURL ?? '',
      ...(locale ? { locale } : {}),
    });
    watch(context);
    await use(context);
    await context.close();
  },
});

export { expect };

/** Nothing sticks out to the side. */
export async function expectNoOverflow(page: Page) {
  const wide = await page.evaluate(() => {
    const most = document.documentElement.clientWidth;
    return [...document.querySelectorAll('body *')]
      .filter((one) => one.getBoundingClientRect().right > most + 1)
      .filter((one) => !one.closest('.t-segmented, .t-hidden, .adm-toast-mask'))
      .map((one) => `${location.pathname} ${one.tagName}.${one.className}`);
  });
  expect(wide).toEqual([]);
}

/** Types a Token or code in the place where it is asked for and goes on. */
export async function payWith(page: Page, say: Say, token: string) {
  await page.getByLabel(say('transfer.token')).fill(token);
  await page
    .getByRole('dialog')
    .getByRole('button', { name: say('transfer.pay') })
    .click();
}

/** Walks to the confirm sheet. */
export async function fillTransfer(page: Page, say: Say, to: string, amount: string, note = '') {
  await page.goto('/transfer');
  await page.getByLabel(say('transfer.to')).fill(to);
  await page.getByRole('button', { name: say('common.next') }).click();
  await page.getByLabel(say('common.amount')).fill(amount);
  await page.getByLabel(say('transfer.note')).fill(note);
  await page.getByRole('button', { name: say('common.next') }).click();
}

/** Answers the question for a fresh proof: by the Token, or by the password. */
export async function stepUp(page: Page, say: Say, proof: string | { password: string }) {
  const question = page.getByRole('dialog', { name: say('step_up.title') });
  if (typeof proof === 'string') {
    await question.getByLabel(say('proof_by.security_token')).fill(proof);
  } else {
    await question.getByLabel(say('proof_by.password'), { exact: true }).fill(proof.password);
  }
  await question.getByRole('button', { name: say('step_up.submit') }).click();
}

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** What axe finds, by rule and place. */
export async function findings(page: Page) {
  await page.evaluate(() => document.fonts.ready);
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(readFileSync(axe, 'utf8'));
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: typeof import('axe-core') };
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    const { violations } = await axe.run({ runOnly: tags });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.any[0]?.message ?? ''}`),
    );
  });
}
