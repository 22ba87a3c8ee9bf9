// @vitest-environment node
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const web = path.join(import.meta.dirname, '../..');
const LONGEST = 200;

const filesIn = (folder: string, ending: RegExp) =>
  readdirSync(path.join(web, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => ending.test(name) && !name.includes('generated'))
    .map((name) => ({
      name: `${folder}/${name}`,
      text: readFileSync(path.join(web, folder, name), 'utf8'),
    }));

const sources = [...filesIn('app/src', /\.tsx?$/), ...filesIn('packages/ui/src', /\.tsx?$/)];
const importsOf = (text: string) =>
  [...text.matchAll(/from '([^']+)'/g)].map((match) => match[1] ?? '');

test('features do not know each other', () => {
  const crossing = sources
    .filter(({ name }) => name.startsWith('app/src/features/'))
    .flatMap(({ name, text }) => {
      const own = name.split('/')[3];
      return importsOf(text)
        .map((from) => path.posix.normalize(path.posix.join(path.posix.dirname(name), from)))
        .filter((to) => /^app\/src\/(features|routes)\//.test(to) && to.split('/')[3] !== own)
        .map((to) => `${name} → ${to}`);
    });
  expect(crossing).toEqual([]);
});

test('what is shared knows no feature and no screen', () => {
  const rising = sources
    .filter(({ name }) => /^app\/src\/lib\/|^packages/.test(name))
    .filter(({ text }) => importsOf(text).some((from) => /features\/|routes\//.test(from)));
  expect(rising.map(({ name }) => name)).toEqual([]);
});

test('a file fits a screen or two', () => {
  const long = sources.filter(({ text }) => text.split('\n').length > LONGEST);
  expect(long.map(({ name }) => name)).toEqual([]);
});

test('raw colours stand with the tokens only', () => {
  const styles = [...filesIn('app/src', /\.css$/), ...filesIn('packages/ui/src', /\.css$/)];
  const raw = styles
    .filter(({ name }) => !name.endsWith('/tokens.css'))
    .filter(({ text }) => /#[0-9a-f]{3,8}\b|rgba?\(/i.test(text));
  expect(raw.map(({ name }) => name)).toEqual([]);
});

test('sums are printed in one place', () => {
  const printing = sources.filter(({ text }) =>
    /Intl\.NumberFormat|toFixed|toLocaleString/.test(text),
  );
  expect(printing.map(({ name }) => name)).toEqual(['packages/ui/src/money/format.ts']);
});

test('the service worker leaves money alone', () => {
  const worker = readFileSync(path.join(web, 'app/src/service-worker.js'), 'utf8');
  expect(worker).not.toMatch(/caches[^;]*\.put\(/);
  expect(worker).toContain('SHELL.includes(url.pathname)');
});
