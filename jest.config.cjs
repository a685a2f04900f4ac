/**
 * One Jest for the whole workspace. Specs run from source: `@lockstep/*` maps to each lib's `src`.
 * Nest 12 and several other packages are ESM-only and Jest's loader cannot `require` them, so swc turns them into CommonJS.
 */
const esmOnly = [
  '@nestjs', 'file-type', 'strtok3', 'token-types', 'uint8array-extras', '@borewit', '@tokenizer', 'load-esm', 'uid', 'iterare',
  'execa', 'figures', 'is-stream', 'npm-run-path', 'path-key', 'get-stream', 'human-signals', 'is-plain-obj', 'is-unicode-supported',
  'parse-ms', 'pretty-ms', 'strip-final-newline', 'unicorn-magic', 'yoctocolors', '@sindresorhus', '@sec-ant',
  'unified', 'bail', 'trough', 'vfile', 'vfile-message', 'remark-[^/]+', 'mdast-util-[^/]+', 'micromark[^/]*', 'unist-util-[^/]+',
  'devlop', 'decode-named-character-reference', 'character-entities[^/]*', 'ccount', 'escape-string-regexp', 'markdown-table', 'longest-streak', 'zwitch',
  'simple-git', '@simple-git', 'cookie',
];
module.exports = {
  rootDir: __dirname,
  testEnvironment: 'node',
  roots: ['<rootDir>/apps', '<rootDir>/libs'],
  testMatch: ['**/*.spec.ts'],
  testPathIgnorePatterns: ['/node_modules/', '/dist/'],
  modulePathIgnorePatterns: ['/dist/'],
  moduleNameMapper: {
    '^@lockstep/([^/]+)$': '<rootDir>/libs/$1/src/index.ts',
    '^@lockstep/([^/]+)/(.+)$': '<rootDir>/libs/$1/src/$2/index.ts',
  },
  transform: {
    '^.+\\.(t|j|mj)s$': ['@swc/jest', {
      jsc: {
        target: 'es2022',
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: true },
        keepClassNames: true,
      },
      module: { type: 'commonjs' },
      sourceMaps: 'inline',
    }],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esmOnly.join('|')})/)`],
  testTimeout: 30_000,
};
