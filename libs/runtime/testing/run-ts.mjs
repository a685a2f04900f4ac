/** `node run-ts.mjs FILE.ts …` runs this workspace's TypeScript from source, as Jest does, for the child processes of specs. */
import { readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';

const libs = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const require = createRequire(import.meta.url);

const resolveFilename = Module._resolveFilename;
Module._resolveFilename = (request, ...rest) => {
  const lib = /^@lockstep\/([^/]+)$/.exec(request);
  return resolveFilename(lib ? join(libs, lib[1], 'src', 'index.ts') : request, ...rest);
};

require.extensions['.ts'] = (module, filename) => {
  const { code } = transformSync(readFileSync(filename, 'utf8'), {
    filename,
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
    },
    module: { type: 'commonjs' },
    sourceMaps: 'inline',
  });
  module._compile(code, filename);
};

process.argv.splice(1, 1);
require(resolve(process.argv[1]));
