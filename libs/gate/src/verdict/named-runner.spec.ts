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
});
