import type { PlanCommand } from '@lockstep/contracts';

/**
 * Plans are written on somebody's machine and name its folders. The project's own folder there is the workspace here:
 * paths below it become relative, and a script that goes there first needn't go anywhere.
 */
const home = String.raw`(?:\/(?:Users|home|Volumes|mnt|srv|data|workspaces?|root|code|projects?|repos?)\/|~\/|[A-Za-z]:[\\/])`;
const inText = new RegExp(String.raw`(?<![\w.:/\\-])${home}[^\s"'\`)\]|<>;,&:*]+`, 'g');
const changes = /(?<![\w-])cd\s+(?:"([^"\n]+)"|'([^'\n]+)'|((?:\\ |[^\s;&|"'`)])+))/g;
const absolute = new RegExp(`^${home}|^/[^/]+/`);

const slashes = (path: string): string => path.replaceAll('\\ ', ' ').replaceAll('\\', '/').replace(/\/+$/, '');

const commonFolder = (paths: readonly string[]): string | null => {
  const [first, ...rest] = paths.map((path) => path.split('/'));
  if (!first) return null;
  const shared = first.findIndex((part, at) => rest.some((other) => other[at] !== part));
  return (shared < 0 ? first : first.slice(0, shared)).join('/');
};

const places = new Set([
  'src',
  'lib',
  'libs',
  'app',
  'apps',
  'test',
  'tests',
  'docs',
  'packages',
  'server',
  'client',
  'cmd',
  'internal',
  'pkg',
  'scripts',
]);

/** Without a `cd`, the project ends where a folder begins that projects have at their top, or where a relative path of the plan fits. */
const rootOfFile = (path: string, relative: readonly string[]): string => {
  const fitting = relative.find((each) => path.endsWith(`/${each}`));
  if (fitting) return path.slice(0, -fitting.length - 1);
  const parts = path.split('/');
  const place = parts.findIndex((part, at) => at > 2 && places.has(part));
  return parts.slice(0, place < 0 ? -1 : place).join('/');
};

const isProject = (root: string | null): root is string => {
  if (root === null) return false;
  const depth = root.split('/').filter((part) => part !== '').length;
  return root.startsWith('~') || /^[A-Za-z]:/.test(root)
    ? depth >= 2
    : /^\/(?:Users|home)\//.test(root)
      ? depth >= 3
      : depth >= 2;
};

const tooCommon = /^\/(?:tmp|etc|usr|var|opt|bin|dev|proc|sys|private)(?:\/|$)/;

/** The author's project folder: what every absolute `cd` has in common, or else every absolute path. Null when there is none. */
export const findAuthorRoot = (source: string, relative: readonly string[]): string | null => {
  const entered = [...source.matchAll(changes)]
    .map((match) => slashes(match[1] ?? match[2] ?? match[3] ?? ''))
    .filter((path) => absolute.test(`${path}/`) && !tooCommon.test(path));
  const paths = [...source.matchAll(inText)].map((match) => slashes(match[0]));
  const folders =
    entered.length > 0
      ? entered
      : paths.filter((path) => /\.\w+$/.test(path)).map((path) => rootOfFile(path, relative));
  const root = commonFolder([...new Set(folders)]);
  return isProject(root) ? root : null;
};

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** The root in a text, with either slash. */
const rootPattern = (root: string): string =>
  escape(root)
    .replaceAll('/', String.raw`[\\/]`)
    .replaceAll(' ', String.raw`\\? `);

/** A path as the workspace has it. A leading slash that is no machine's stands for the project. */
export const relativePath = (path: string, root: string | null): string => {
  const text = path.replaceAll('\\', '/');
  if (root !== null && text === root) return '.';
  const inside = root !== null && text.startsWith(`${root}/`) ? text.slice(root.length + 1) : text;
  const own = !absoluteOutside(inside) && inside.startsWith('/') ? inside.slice(1) : inside;
  return own.replace(/^(?:\.\/)+/, '');
};

/** A path that belongs to a machine and not to the project. */
export const absoluteOutside = (path: string): boolean =>
  new RegExp(`^${home}`).test(path) || tooCommon.test(path) || path.startsWith('../');

/** Whether the script enters another folder than the root, so that a relative path may mean something else later on. */
const wanders = (command: string, root: string): boolean =>
  [...command.matchAll(changes)].filter((match) => slashes(match[1] ?? match[2] ?? match[3] ?? '') !== root).length >
    0 && [...command.matchAll(changes)].length > 1;

const settled = (command: string, root: string): string => {
  const at = rootPattern(root);
  return command
    .replace(new RegExp(String.raw`(?<![\w-])cd\s+(["']?)${at}[\\/]?\1\s*(?:&&|;)[ \t]*(?:\\\r?\n\s*)?`, 'g'), '')
    .replace(new RegExp(String.raw`^[ \t]*cd\s+(["']?)${at}[\\/]?\1[ \t]*(?:#.*)?(?:\r?\n|$)`, 'gm'), '')
    .replace(new RegExp(String.raw`${at}[\\/](?=[^\s"'\`)])([^\s"'\`);&|]*)`, 'g'), (_all, rest: string) =>
      rest.replaceAll('\\', '/'),
    )
    .replace(new RegExp(String.raw`${at}(?![\w.-])`, 'g'), '.');
};

/** A script that moves about keeps the place it started from. */
const anchored = (command: string, root: string): string => {
  const at = rootPattern(root);
  const body = command
    .replace(
      new RegExp(String.raw`(["'])${at}((?:[\\/][^"'\n]*)?)\1`, 'g'),
      (_all, _quote, rest: string) => `"$workspace${rest.replaceAll('\\', '/')}"`,
    )
    .replace(
      new RegExp(String.raw`${at}((?:[\\/][^\s"'\`);&|]*)?)(?![\w.-])`, 'g'),
      (_all, rest: string) => `"$workspace${rest.replaceAll('\\', '/')}"`,
    );
  return body === command ? command : `workspace=$PWD\n${body}`;
};

/** A script as the workspace runs it; the text itself when it never names the author's folder. */
export const relativeCommand = (command: string, root: string | null): string => {
  if (root === null || !new RegExp(rootPattern(root)).test(command)) return command;
  const script = wanders(command, root) ? anchored(command, root) : settled(command, root);
  return script.trim() === '' ? 'cd .' : script.trim();
};

export const relativeCommands = (commands: readonly PlanCommand[], root: string | null): PlanCommand[] =>
  commands.map((each) => ({ ...each, command: relativeCommand(each.command, root) }));
