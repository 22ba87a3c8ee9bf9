// @vitest-environment node
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { generate } from '../scripts/generate.mjs';

const committed = path.join(import.meta.dirname, '..', 'src', 'generated');

const filesIn = async (folder: string) => {
  const names = (await readdir(folder, { recursive: true })).filter((name) => name.endsWith('.ts'));
  const files = await Promise.all(
    names.sort().map(async (name) => [name, await readFile(path.join(folder, name), 'utf8')]),
  );
  return Object.fromEntries(files);
};

test('the client is the one that the contract generates', async () => {
  const fresh = await mkdtemp(path.join(tmpdir(), 'tael-drift-'));
  try {
    await generate(fresh);
    expect(await filesIn(committed)).toEqual(await filesIn(fresh));
  } finally {
    await rm(fresh, { recursive: true });
  }
}, 60_000);
