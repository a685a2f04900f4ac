/** A file that decides how tests run, and which part of it does. Null where the text has no such part. */
interface SetupFile {
  readonly matches: RegExp;
  readonly part: (text: string) => string | null;
}

const whole = (text: string): string => text;

const testScripts =
  /^(?:(?:pre|post)?(?:test|check|verify|validate|spec|e2e|unit|integration|coverage|ci|lint)(?:[:_-].*)?|(?:pre|post)?(?:install|prepare))$/;
const runnerKeys = ['jest', 'mocha', 'vitest', 'ava', 'tap', 'c8', 'nyc'];

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const packagePart = (text: string): string | null => {
  try {
    const parsed: unknown = JSON.parse(text);
    if (!isRecord(parsed)) return text;
    const scripts = isRecord(parsed['scripts']) ? parsed['scripts'] : {};
    const commands = Object.entries(scripts).filter(([name]) => testScripts.test(name));
    const settings = runnerKeys.filter((key) => key in parsed).map((key) => [key, parsed[key]]);
    return commands.length + settings.length === 0 ? null : JSON.stringify([commands.sort(), settings]);
  } catch {
    return text;
  }
};

/** Sections of an INI or TOML file whose title fits. */
const sections =
  (title: RegExp) =>
  (text: string): string | null => {
    let inside = false;
    const kept = text.split('\n').filter((line) => {
      const heading = /^\s*\[+([^[\]][^\]]*)\]/.exec(line)?.[1];
      if (heading !== undefined) inside = title.test(heading.trim());
      return inside && line.trim() !== '' && !/^\s*[#;]/.test(line);
    });
    return kept.length > 0 ? kept.join('\n') : null;
  };

/** Make targets that test, with their recipes and the variables of the file. */
const makeTargets = (text: string): string | null => {
  let inside = false;
  const kept = text.split('\n').filter((line) => {
    if (/^[^\s#:=][^:=]*::?(?!=)/.test(line)) inside = /^(?:[^:]*[\s/_-])?(?:test|check|verify)\w*/.test(line);
    else if (/^\S/.test(line) && !line.startsWith('#')) inside = false;
    return (
      (inside && line.trim() !== '') ||
      /^(?:SHELL|\.SHELLFLAGS|PYTEST\w*|TEST\w*|NODE_OPTIONS|MAKEFLAGS)\s*[:?+]?=/.test(line)
    );
  });
  return kept.length > 0 ? kept.join('\n') : null;
};

/** pytest's hooks can turn any result into another; fixtures can't. */
const conftestHooks = (text: string): string | null => {
  const kept = text
    .split('\n')
    .filter((line) =>
      /\bdef pytest_\w+|^\s*(?:collect_ignore\w*|pytest_plugins)\b|\b(?:os\._exit|sys\.exit|exitstatus|hookwrapper|hookimpl|_pytest|pytest\.exit)\b|setattr\(\s*pytest|pytest\.\w+\s*=[^=]/.test(
        line,
      ),
    );
  return kept.length > 0 ? kept.join('\n') : null;
};

const viteTests = (text: string): string | null => (/\btest\s*:/.test(text) ? text : null);

const setupFiles: readonly SetupFile[] = [
  { matches: /(?:^|\/)package\.json$/, part: packagePart },
  {
    matches: /(?:^|\/)(?:jest|vitest|karma|ava|playwright|cypress|wdio)\.(?:config|workspace|conf|setup)\.[\w.]+$/,
    part: whole,
  },
  {
    matches: /(?:^|\/)\.(?:mocharc|taprc|nycrc|c8rc|babelrc|swcrc)(?:\.\w+)?$|(?:^|\/)babel\.config\.\w+$/,
    part: whole,
  },
  { matches: /(?:^|\/)vite\.config\.\w+$/, part: viteTests },
  { matches: /(?:^|\/)conftest\.py$/, part: conftestHooks },
  { matches: /(?:^|\/)\.?pytest\.(?:ini|toml)$/, part: whole },
  { matches: /(?:^|\/)(?:tox\.ini|setup\.cfg)$/, part: sections(/^(?:tox|testenv.*|pytest|tool:pytest|coverage:.*)$/) },
  {
    matches: /(?:^|\/)pyproject\.toml$/,
    part: sections(/^tool\.(?:pytest|tox|coverage|nox|hatch\.envs|poe|taskipy|pdm\.scripts)\b/),
  },
  { matches: /(?:^|\/)Cargo\.toml$/, part: sections(/^(?:test|lib|bench|profile\.test)$/) },
  { matches: /(?:^|\/)(?:GNUm|M|m)akefile$/, part: makeTargets },
  {
    matches:
      /(?:^|\/)(?:noxfile\.py|\.rspec|phpunit\.xml(?:\.dist)?|bunfig\.toml|[Jj]ustfile|Taskfile\.ya?ml|\.cargo\/config(?:\.toml)?|\.npmrc|\.yarnrc(?:\.yml)?)$/,
    part: whole,
  },
];

/** Modules that Python or a runner picks up by name, in place of the real one or before anything else. */
const impostor =
  /^(?:src\/)?(?:(?:pytest|unittest|_pytest|pluggy|coverage|nose2)(?:\.py|\/__init__\.py|\/__main__\.py)|(?:site|user)customize\.py|\w+\.pth|GNUmakefile)$|(?:^|\/)(?:\.?venv\/|node_modules\/)/;

const entryOf = (path: string): SetupFile | undefined => setupFiles.find((each) => each.matches.test(path));

/** Whether `compareTests` needs this file's contents from before and after. */
export const isTestSetup = (path: string): boolean => entryOf(path) !== undefined;

/** Whether a new file of this name stands in for a test runner or its start-up. */
export const isImpostor = (path: string): boolean => impostor.test(path);

/** The part of a file that decides how tests run, in a form that can be compared; null when it has none. */
export const testSetupOf = (path: string, text: string | null): string | null =>
  text === null ? null : (entryOf(path)?.part(text.replace(/\r\n/g, '\n')) ?? null);
