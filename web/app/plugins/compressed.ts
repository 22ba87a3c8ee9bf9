import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

const TEXT = /\.(js|css|html|svg|json|webmanifest)$/;
/** Smaller files gain nothing. */
const SHORTEST = 512;

/** Puts `.gz` and `.br` beside every text file, so that the server compresses nothing. */
export function compressed(): Plugin {
  let out = 'dist';
  return {
    name: 'tael-compressed',
    apply: 'build',
    configResolved(config) {
      out = path.resolve(config.root, config.build.outDir);
    },
    closeBundle: {
      order: 'post',
      sequential: true,
      async handler() {
        for (const name of await readdir(out, { recursive: true })) {
          if (!TEXT.test(name)) continue;
          const file = path.join(out, name);
          const bytes = await readFile(file);
          if (bytes.length < SHORTEST) continue;
          await writeFile(`${file}.gz`, gzipSync(bytes, { level: 9 }));
          const quality = { [constants.BROTLI_PARAM_QUALITY]: 11 };
          await writeFile(`${file}.br`, brotliCompressSync(bytes, { params: quality }));
        }
      },
    },
  };
}
