import { namedRunner } from './named-runner';

describe('namedRunner', () => {
  it.each([
    ['pytest', 'pytest'],
    ['cd app && uv run pytest tests/ -v', 'pytest'],
    ['/usr/bin/python3 -m pytest -q', 'pytest'],
    ['.venv/bin/pytest -q', 'pytest'],
    ['CI=1 npx jest --ci', 'jest'],
    ['python3 -m pytest -c setup.cfg', 'pytest'],
    ['npm run build\nnode --test', 'node --test'],
    ['go test ./... 2>&1 | tail -5', 'go test'],
    ['if true; then cargo test; fi', 'cargo test'],
    ['for d in a b\ndo\n  pnpm exec --yes jest\ndone', 'jest'],
    ['# 3" wide\npytest', 'pytest'],
    ["echo 'it' && pytest", 'pytest'],
    ['ROOT=$(pwd) CI=1 npx --yes --no-install vitest run', 'vitest'],
  ])('%s calls %s', (script, runner) => {
    expect(namedRunner(script)).toBe(runner);
  });

  it.each([
    'echo pytest',
    `python -c "import pytest; print('pytest ok')"`,
    'pytest --version',
    'pytest --collect-only -q',
    'go test -c ./...',
    'npx jest > log.txt',
    'npm test',
    'node --test --test-reporter=dot',
    '# pytest',
    'ls jest',
    'grep -r vitest package.json',
  ])('%s calls none', (script) => {
    expect(namedRunner(script)).toBeNull();
  });

  it.each([
    `env ${'--a '.repeat(60)}x`,
    `${'pnpm exec '.repeat(60)}x`,
    '\n'.repeat(200_000),
    'do/'.repeat(60_000),
    ';a='.repeat(60_000),
    '(a=('.repeat(60_000),
    '"\\'.repeat(60_000),
  ])('is linear in whatever a script holds: %#', (script) => {
    const begun = performance.now();
    expect(namedRunner(script)).toBeNull();
    expect(performance.now() - begun).toBeLessThan(2000);
  });
});
