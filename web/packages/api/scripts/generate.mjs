// Writes src/generated from openapi.json.
//
//   node scripts/generate.mjs                          from the committed contract
//   node scripts/generate.mjs --from http://host:port  takes the contract of a running server first
//   node scripts/generate.mjs --into DIR               elsewhere; the test compares with it
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from '@hey-api/openapi-ts';

const room = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const contract = path.join(room, 'openapi.json');

/** Keys in one order, so that the contract's diff shows what changed and nothing else. */
export const sorted = (value) => {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  );
};

/** Without operation ids the functions are named by method and path, which are unique. */
const withoutOperationIds = (document) => {
  for (const methods of Object.values(document.paths))
    for (const operation of Object.values(methods)) delete operation.operationId;
  return document;
};

export async function generate(into = path.join(room, 'src', 'generated')) {
  const document = withoutOperationIds(JSON.parse(await readFile(contract, 'utf8')));
  const scratch = await mkdtemp(path.join(tmpdir(), 'tael-api-'));
  const input = path.join(scratch, 'openapi.json');
  await writeFile(input, JSON.stringify(document));
  await createClient({
    input,
    output: { path: into, clean: true },
    logs: { level: 'silent' },
    plugins: ['@hey-api/typescript', '@hey-api/sdk', '@hey-api/client-fetch'],
  });
  await rm(scratch, { recursive: true });
}

const option = (name) => {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const from = option('--from');
  if (from) {
    const answer = await fetch(new URL('/openapi.json', from));
    await writeFile(contract, `${JSON.stringify(sorted(await answer.json()), null, 1)}\n`);
  }
  await generate(option('--into'));
}
