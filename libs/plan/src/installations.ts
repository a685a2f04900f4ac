import type { PlanStep } from '@lockstep/contracts';

const installer =
  /^(?:(?:npm (?:ci|i|install)|pnpm (?:i|install)|yarn install|bun (?:i|install)|corepack (?:enable|prepare)|(?:python3?|py) -m (?:venv|ensurepip|pip install)|(?:\S*\/)?pip3? install|uv (?:sync|venv|pip install)|poetry install|pdm (?:install|sync)|pipenv (?:install|sync)|bundle install|composer install|go mod download|cargo fetch|dotnet restore|mix deps\.get)(?=\s|$)|yarn$)/;

/** What goes with an installation and changes nothing by itself. */
const beside = /^(?:cd|source|\.|export|set|mkdir -p)\s/;

const partsOf = (line: string): string[] =>
  line
    .split(/&&|;/)
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** Anything that runs more than the line says: substitutions, pipes, alternatives, background jobs. */
const more = /[`|]|\$\(|(?<!&)&(?!&)|[<>]/;

/** A comment ends with its line, whatever a backslash at its end says. */
const seemsToGoOn = (line: string): boolean => line.includes('#') && line.trimEnd().endsWith('\\');

/** Whether a script does nothing but install what a lock file or a manifest names. */
export const onlyInstalls = (script: string): boolean => {
  const parts = script
    .replace(/\\\r?\n[ \t]*/g, ' ')
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .flatMap(partsOf);
  return (
    !script.split('\n').some(seemsToGoOn) &&
    !parts.some((part) => more.test(part)) &&
    parts.some((part) => installer.test(part)) &&
    parts.every((part) => installer.test(part) || beside.test(part))
  );
};

/** The plan's own installations: commands of steps ("`npm install`" in a set-up step) that do nothing else, in document order. */
export const plannedInstallations = (steps: readonly PlanStep[]): string[] => {
  const scripts = steps
    .flatMap(({ code }) => code)
    .filter(({ action, content }) => action === 'run' && onlyInstalls(content))
    .map(({ content }) => content.trim());
  return [...new Set(scripts)];
};

/** A folder that tools install into, the file that says what belongs there, and the usual command for it. */
const usual: readonly (readonly [folder: string, manifest: string, command: string])[] = [
  ['node_modules', 'package-lock.json', 'npm ci --no-audit --no-fund'],
  ['node_modules', 'npm-shrinkwrap.json', 'npm ci --no-audit --no-fund'],
  ['node_modules', 'pnpm-lock.yaml', 'pnpm install --frozen-lockfile'],
  ['node_modules', 'yarn.lock', 'yarn install --frozen-lockfile'],
  ['node_modules', 'bun.lock', 'bun install --frozen-lockfile'],
  ['node_modules', 'package.json', 'npm install --no-audit --no-fund --no-package-lock'],
  ['.venv', 'uv.lock', 'uv sync --frozen'],
  ['.venv', 'poetry.lock', 'poetry install --no-interaction'],
  ['.venv', 'requirements.txt', 'python3 -m venv .venv && .venv/bin/pip install -q -r requirements.txt'],
  ['venv', 'requirements.txt', 'python3 -m venv venv && venv/bin/pip install -q -r requirements.txt'],
  ['vendor', 'composer.lock', 'composer install --no-interaction'],
];

/**
 * What installs the dependencies that `workspace` has and `checkout` lacks, by the manifests of the latter; one command a folder. Both
 * are names of the top level.
 */
export const usualInstallations = (workspace: ReadonlySet<string>, checkout: ReadonlySet<string>): string[] => {
  const missing = usual.filter(
    ([folder, manifest]) => workspace.has(folder) && !checkout.has(folder) && checkout.has(manifest),
  );
  return missing
    .filter(([folder], at) => missing.findIndex((each) => each[0] === folder) === at)
    .map(([, , command]) => command);
};
