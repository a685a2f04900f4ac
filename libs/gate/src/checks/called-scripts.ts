import type { TreeChange } from './compare-tests';
import { namedRunner } from '../verdict/named-runner';
import { takingFrom } from './taking';
import { isTestFile } from './test-file';

const checkScript = /\.(?:sh|bash)$|(?:test|check|verif|valid|spec|\bci\b)[^/]*$/i;
const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** A script may be called by its name alone from within its folder. */
const names = (path: string, command: string): boolean => {
  const base = path.slice(path.lastIndexOf('/') + 1);
  const spelled = /(?:^|[\s;&|(])(?:cd|pushd)\s|\s(?:-C|--prefix|--dir|--cwd)\b/.test(command)
    ? `(?:${escaped(path)}|${escaped(base)})`
    : escaped(path);
  return new RegExp(`(?:^|[\\s;&|("'=/])${spelled}(?=$|[\\s;&|)"'])`, 'm').test(command);
};

/** Whether one of the commands calls this script of the repository, which looks like one that checks. */
export const isCalledScript = (path: string, commands: readonly string[]): boolean =>
  checkScript.test(path) && !isTestFile(path) && commands.some((command) => names(path, command));

const managers = /\b(?:npm|pnpm|yarn|bun)\s+(?:-\S+\s+)*(?:run(?:-script)?\s+(?:-\S+\s+)*)?([\w:.-]+)/g;
const short: Readonly<Record<string, string>> = { t: 'test', tst: 'test' };

const calledNames = (commands: readonly string[]): ReadonlySet<string> =>
  new Set(
    commands
      .flatMap((command) => [...command.matchAll(managers)].map(([, name]) => short[name!] ?? name!))
      .flatMap((name) => [name, `pre${name}`, `post${name}`]),
  );

/** Empty for what is no manifest: anything may stand in a repository under that name. */
const scriptsIn = (text: string | null | undefined): ReadonlyMap<string, unknown> => {
  try {
    const { scripts } = JSON.parse(text ?? '{}') as { scripts?: unknown };
    return new Map(typeof scripts === 'object' && scripts !== null ? Object.entries(scripts) : []);
  } catch {
    return new Map();
  }
};

/** A script that was there and is called, or one that now runs before or after it. */
const changesCalled = ({ before, after }: TreeChange, called: ReadonlySet<string>): boolean => {
  const [old, now] = [scriptsIn(before), scriptsIn(after)];
  return [...called].some((name) => {
    const isHook = /^(?:pre|post)/.test(name) && old.has(name.replace(/^(?:pre|post)/, ''));
    return (old.has(name) || isHook) && old.get(name) !== now.get(name);
  });
};

const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));

/** More was written beside what was there, and nothing that was there is gone. */
export const onlyAdds = (before: string, after: string): boolean => linesOf(before).every(takingFrom(linesOf(after)));

/** Scripts of the repository that a verification calls, by file, package script or make target, and that were changed: they decide what it checks. */
export const changedScripts = (changed: readonly TreeChange[], commands: readonly string[]): string[] => {
  const called = calledNames(commands);
  const makes = commands.some((command) => /(?:^|[\s;&|(])g?make\b/m.test(command));
  return changed
    .filter((change) => {
      if (/(?:^|\/)package\.json$/.test(change.path)) return changesCalled(change, called);
      if (/(?:^|\/)(?:(?:GNUm|M|m)akefile|[^/]+\.mk)$/.test(change.path))
        return makes && typeof change.before === 'string' && !onlyAdds(change.before, change.after ?? '');
      return change.status !== 'added' && isCalledScript(change.path, commands);
    })
    .map(({ path }) => path);
};

/** Texts of a manifest's scripts that the commands call. */
export const calledPackageScripts = (manifest: string, commands: readonly string[]): string[] => {
  const called = calledNames(commands);
  return [...scriptsIn(manifest)].flatMap(([name, text]) =>
    called.has(name) && typeof text === 'string' ? [text] : [],
  );
};

const conditional = /^(?:\s|(?:if|elif|else|then|for|while|until|case|test|function)\b|\[)|\|\|/;

/** Whether a script runs tests whatever happens: by a line of its own, and not on a condition. */
export const surelyTests = (script: string): boolean =>
  script.split('\n').some((line) => !conditional.test(line) && namedRunner(line) !== null);
