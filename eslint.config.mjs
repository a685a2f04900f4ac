import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

/** The table "Who may import whom" of docs/architecture.md. */
const depConstraints = [
  {
    sourceTag: 'type:app',
    onlyDependOnLibsWithTags: [
      'type:adapter',
      'type:core',
      'type:contract',
      'type:runtime',
      'type:client',
      'type:testing',
    ],
  },
  { sourceTag: 'type:adapter', onlyDependOnLibsWithTags: ['type:core', 'type:contract', 'type:runtime'] },
  { sourceTag: 'type:runtime', onlyDependOnLibsWithTags: ['type:contract', 'type:runtime'] },
  { sourceTag: 'type:core', onlyDependOnLibsWithTags: ['type:contract'] },
  { sourceTag: 'type:contract', onlyDependOnLibsWithTags: [] },
  { sourceTag: 'type:client', onlyDependOnLibsWithTags: ['type:contract'] },
  { sourceTag: 'type:testing', onlyDependOnLibsWithTags: ['type:core', 'type:contract'] },
  ...['api', 'gateway', 'cli', 'offline-model', 'tools', 'e2e'].map((scope) => ({
    sourceTag: `scope:${scope}`,
    onlyDependOnLibsWithTags: ['scope:shared', ...(scope === 'cli' ? ['scope:executor'] : [])],
  })),
  { sourceTag: 'scope:executor', onlyDependOnLibsWithTags: ['scope:shared', 'scope:executor'] },
  { sourceTag: 'scope:shared', onlyDependOnLibsWithTags: ['scope:shared'] },
];

/** Specs may also import `type:testing`; nothing that is shipped may. */
const inSpecs = depConstraints.map((each) =>
  each.sourceTag.startsWith('type:')
    ? { ...each, onlyDependOnLibsWithTags: [...each.onlyDependOnLibsWithTags, 'type:testing'] }
    : each,
);

const pure = ['libs/contracts/**/*.ts', 'libs/domain/**/*.ts', 'libs/plan/**/*.ts', 'libs/markers/**/*.ts'];

export default tseslint.config(
  { ignores: ['**/dist', '**/node_modules', '**/generated', '.nx', '**/fixtures'] },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts'],
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': ['error', { enforceBuildableLibDependency: false, allow: [], depConstraints }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      'max-lines': ['error', { max: 400, skipBlankLines: true }],
      'max-lines-per-function': ['error', { max: 40, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 5],
      'no-console': 'error',
    },
  },
  {
    files: ['**/*.spec.ts', '**/testing/**/*.ts', 'apps/e2e/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      '@nx/enforce-module-boundaries': [
        'error',
        { enforceBuildableLibDependency: false, allow: [], depConstraints: inSpecs },
      ],
    },
  },
  {
    files: pure,
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: ['@nestjs/*', '@prisma/*', 'bullmq', 'ioredis', 'node:child_process', 'node:fs', 'node:fs/*', 'pg'],
        },
      ],
      'no-restricted-globals': ['error', 'process'],
    },
  },
  {
    files: ['**/*.ts'],
    ignores: [
      'libs/runtime/src/config/**',
      '**/*.spec.ts',
      'apps/e2e/**',
      'apps/demo/**',
      'apps/bench/**',
      'libs/*/src/testing/**',
      'libs/testing/**',
      'apps/tools/**',
    ],
    rules: {
      'no-restricted-properties': [
        'error',
        { object: 'process', property: 'env', message: 'Configuration is read in libs/runtime/src/config alone.' },
      ],
    },
  },
);
