// Writes src/generated from the contract that the server's tests hold it to.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from '@hey-api/openapi-ts';

const room = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const contract = path.join(room, '../../../crates/api/tests/it/openapi.json');

/** Keys in one order, so that the client's diff shows what changed and nothing else. */
const sorted = (value) => {
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
  const document = withoutOperationIds(sorted(JSON.parse(await readFile(contract, 'utf8'))));
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

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await generate();
}
