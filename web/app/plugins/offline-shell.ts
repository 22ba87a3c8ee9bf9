import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Plugin } from 'vite';

const UNHASHED = ['/', '/icon.svg', '/manifest.webmanifest'];

/**
 * Writes `sw.js`: the service worker with the list of files that make the shell. It waits until all
 * are written, because names change and empty files go away until then.
 */
export function offlineShell(): Plugin {
  let root = '.';
  return {
    name: 'tael-offline-shell',
    apply: 'build',
    configResolved(config) {
      root = config.root;
    },
    writeBundle(written, bundle) {
      const assets = Object.keys(bundle)
        .filter((name) => name.startsWith('assets/'))
        .map((name) => `/${name}`)
        .sort();
      const source = readFileSync(path.join(root, 'src/service-worker.js'), 'utf8');
      const index = JSON.stringify(Object.keys(bundle).sort());
      const version = createHash('sha256').update(source).update(index).digest('hex').slice(0, 12);
      const worker = source
        .replace("'__VERSION__'", JSON.stringify(version))
        .replace("'__SHELL__'", JSON.stringify([...UNHASHED, ...assets]));
      writeFileSync(path.join(written.dir ?? 'dist', 'sw.js'), worker);
    },
  };
}
