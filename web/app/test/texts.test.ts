// @vitest-environment node
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import en from '../src/locales/en.json';
import zh from '../src/locales/zh-CN.json';

type Texts = Record<string, Record<string, string>>;

/** Every text by its key; the forms of a plural are one key, since languages have other ones. */
const flat = (texts: Texts) =>
  new Map(
    Object.entries(texts).flatMap(([section, entries]) =>
      Object.entries(entries).map(([key, text]) => [
        `${section}.${key.replace(/_(one|other)$/, '')}`,
        text,
      ]),
    ),
  );

const places = (text: string) => [...text.matchAll(/{{(\w+)}}/g)].map((match) => match[1]).sort();

test('both languages say the same things', () => {
  const [english, chinese] = [flat(en), flat(zh)];
  expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort());
  for (const [key, text] of english) {
    expect(text.trim(), key).not.toBe('');
    expect(chinese.get(key)?.trim(), key).not.toBe('');
    expect(places(chinese.get(key) ?? ''), key).toEqual(places(text));
  }
});

test('Chinese texts are Chinese', () => {
  const foreign = [...flat(zh)].filter(([, text]) => !/[\u4e00-\u9fff]/.test(text));
  expect(foreign.map(([key]) => key)).toEqual([]);
});

test('every refusal of the API has its words', () => {
  const table = path.join(import.meta.dirname, '../../../crates/api/src/problem/table.rs');
  const rows = readFileSync(table, 'utf8').matchAll(/^ {4}\w+ [A-Z_]+ "([a-z_]+)" "/gm);
  const codes = [...rows].map((match) => match[1] ?? '');
  expect(codes.length).toBeGreaterThan(50);
  const texts: Texts[] = [en, zh];
  for (const texts_ of texts) {
    expect(codes.filter((code) => !(code in (texts_.problem ?? {})))).toEqual([]);
  }
});

test('everything that is written into the audit log has its words', () => {
  const file = path.join(import.meta.dirname, '../../../crates/identity/src/audit.rs');
  const lines = readFileSync(file, 'utf8').matchAll(/^ {4}[A-Z]\w+ = "([a-z_]+)";/gm);
  const actions = [...lines].map((match) => match[1] ?? '');
  expect(actions.length).toBeGreaterThan(50);
  const texts: Texts[] = [en, zh];
  for (const texts_ of texts) {
    expect(actions.filter((action) => !(action in (texts_.audit ?? {})))).toEqual([]);
  }
});

test('the menu labels of the founding document stand as they are', () => {
  expect(zh.me.token).toBe('Token设置');
  expect(zh.me.profile).toContain('个人信息');
  expect(zh.me.profile).toContain('联系方式');
});
