// Measures what a first visit loads (script and style, gzip) and fails above the budget.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const BUDGET = 230 * 1024;
const dist = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..', 'dist');
const manifest = JSON.parse(await readFile(path.join(dist, '.vite', 'manifest.json'), 'utf8'));

/** The files of a chunk and of everything it needs at once. */
const filesOf = (key, seen = new Set()) => {
  const chunk = manifest[key];
  if (!chunk || seen.has(chunk.file)) return seen;
  seen.add(chunk.file);
  for (const style of chunk.css ?? []) seen.add(style);
  for (const needed of chunk.imports ?? []) filesOf(needed, seen);
  return seen;
};

const weigh = async (files) => {
  let sum = 0;
  for (const file of files) {
    if (/\.(js|css)$/.test(file))
      sum += gzipSync(await readFile(path.join(dist, file)), { level: 9 }).length;
  }
  return sum;
};

const kib = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;
const keys = Object.keys(manifest);
const find = (pattern) => keys.filter((key) => pattern.test(key));
const entry = filesOf('index.html');
// Besides the entry a first visit loads one language and one screen: the heaviest of each.
const heaviest = async (pattern) => {
  const weights = await Promise.all(
    find(pattern).map(async (key) => {
      const own = [...filesOf(key)].filter((file) => !entry.has(file));
      return [key, await weigh(own)];
    }),
  );
  return weights.sort((a, b) => b[1] - a[1]);
};
const languages = await heaviest(/locales\//);
const screens = await heaviest(/routes\/.*\.tsx$/);
const first = (await weigh(entry)) + (languages[0]?.[1] ?? 0) + (screens[0]?.[1] ?? 0);

console.log(`entry            ${kib(await weigh(entry))}`);
for (const [key, bytes] of [...languages, ...screens])
  console.log(`${key.padEnd(40)} ${kib(bytes)}`);
console.log(`first load, most ${kib(first)} of ${kib(BUDGET)}`);
if (first > BUDGET) {
  console.error('The first load is above its budget.');
  process.exit(1);
}
