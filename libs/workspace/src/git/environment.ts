import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What every git call of one executor shares. */
export interface GitSettings {
  /** The folder that holds everything of ours: mirrors, runs, the git configuration. Under no other repository. */
  readonly root: string;
  /** Repositories named by a path or a `file:` URL are allowed. Off unless the operator says so. */
  readonly allowLocal: boolean;
  /** Transports that may be used besides local ones. */
  readonly protocols?: readonly string[];
  /** PATH of git and of what it starts (ssh). */
  readonly path?: string;
  /** Further variables for git, such as SSH_AUTH_SOCK or HTTPS_PROXY. Everything else of the process is kept away. */
  readonly environment?: Readonly<Record<string, string>>;
}

export const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * The one configuration git reads besides our own repositories'. Nothing that git could start by configuration is left at
 * its default, so that a program named elsewhere is not reached: hooks, file system monitor, attributes and excludes of the
 * machine, maintenance, submodules, redirects.
 */
const baseConfig = `[core]
	hooksPath = /dev/null
	fsmonitor = false
	untrackedCache = false
	excludesFile = /dev/null
	attributesFile = /dev/null
	autocrlf = false
	pager = cat
	editor = true
[gc]
	auto = 0
[maintenance]
	auto = false
[receive]
	autogc = false
[submodule]
	recurse = false
[fetch]
	recurseSubmodules = false
[http]
	followRedirects = false
[commit]
	gpgSign = false
[push]
	gpgSign = false
[credential]
	helper =
[protocol]
	version = 2
[init]
	defaultBranch = main
[pack]
	threads = 1
`;

const quoted = (value: string): string => `"${value.replace(/[\\"]/g, '\\$&')}"`;

/** The configuration with `safe.directory` for the local repositories that this call is about. */
export const configText = (safeDirectories: readonly string[]): string =>
  safeDirectories.length === 0
    ? baseConfig
    : `${baseConfig}[safe]\n${safeDirectories.map((directory) => `\tdirectory = ${quoted(directory)}\n`).join('')}`;

const readIfThere = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
};

/** Writes a configuration file of ours, whole or not at all: other processes read it at the same time. */
export const ensureConfig = (file: string, safeDirectories: readonly string[] = []): string => {
  const text = configText(safeDirectories);
  if (readIfThere(file) === text) return file;
  mkdirSync(join(file, '..'), { recursive: true });
  const draft = `${file}.${process.pid}.${process.hrtime.bigint()}`;
  writeFileSync(draft, text);
  renameSync(draft, file);
  return file;
};

/** The whole environment of a git process. Built here and nowhere else; the process's own environment is not part of it. */
export const gitEnvironment = (settings: GitSettings, configFile: string): Record<string, string> => ({
  ...settings.environment,
  PATH: settings.path ?? defaultPath,
  HOME: join(settings.root, 'git', 'home'),
  LC_ALL: 'C',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: configFile,
  GIT_ATTR_NOSYSTEM: '1',
  GIT_TERMINAL_PROMPT: '0',
  GIT_SSH_COMMAND: 'ssh -o BatchMode=yes',
  GIT_ALLOW_PROTOCOL: [...(settings.protocols ?? ['https', 'ssh']), ...(settings.allowLocal ? ['file'] : [])].join(':'),
  GIT_OPTIONAL_LOCKS: '0',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_NO_LAZY_FETCH: '1',
  GIT_LITERAL_PATHSPECS: '1',
});

export const configFileOf = (settings: GitSettings): string => join(settings.root, 'git', 'config');
