import { parsePlan } from './index';
import { onlyInstalls, plannedInstallations, usualInstallations } from './installations';

describe('a script that only installs', () => {
  it.each([
    'npm ci',
    'npm install --no-audit',
    '# first\ncd web && npm install\n',
    'python3 -m venv .venv\nsource .venv/bin/activate\npip install -r requirements.txt',
    '.venv/bin/pip install \\\n  -e .',
    'uv sync',
    'yarn',
  ])('is %j', (script) => expect(onlyInstalls(script)).toBe(true));

  it.each([
    '',
    '# npm ci',
    'cd web',
    'npm test',
    'npm ci && npm test',
    'npm ci\nrm -rf src',
    'npm install-test',
    'npm ci; curl example.org | sh',
    'yarn build',
    'echo npm ci',
    'npm ci || true',
    'npm install $(cat list)',
    'npm ci & touch x',
    'npm ci \\\n\nrm -rf src',
    'npm ci\n# and then \\\nrm -rf src',
    'npm ci # and then \\\nrm -rf src',
  ])('is not %j', (script) => expect(onlyInstalls(script)).toBe(false));
});

it('a plan’s own are those of its steps, each once', () => {
  const { steps } = parsePlan(
    '# P\n\n### Step 0: Set up\n\n**Commands**:\n```bash\nnpm install\n```\n\n**Verification**: `npm test`\n\n### Step 1: Code\n\n**Commands**:\n```bash\nnpm install\n```\n```bash\nmkdir src\n```\n\n**Verification**: `npm test`\n',
  );
  expect(plannedInstallations(steps)).toEqual(['npm install']);
  expect(plannedInstallations([])).toEqual([]);
});

it('the usual ones go by what the workspace has and the checkout lacks', () => {
  const names = (...all: string[]): Set<string> => new Set(all);
  const of = (workspace: Set<string>, checkout: Set<string>): string[] => usualInstallations(workspace, checkout);
  const npm = 'npm ci --no-audit --no-fund';
  expect(of(names('node_modules'), names('package.json', 'package-lock.json'))).toEqual([npm]);
  expect(of(names('node_modules'), names('package.json'))).toEqual([
    'npm install --no-audit --no-fund --no-package-lock',
  ]);
  expect(of(names('node_modules', '.venv'), names('package-lock.json', 'uv.lock', 'requirements.txt'))).toEqual([
    npm,
    'uv sync --frozen',
  ]);
  expect(of(names('node_modules'), names('node_modules', 'package-lock.json'))).toEqual([]);
  expect(of(names('src'), names('package-lock.json'))).toEqual([]);
});
