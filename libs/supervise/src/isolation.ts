import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { execaSync } from 'execa';

/** What keeps processes from outliving their supervisor here. */
export interface IsolationTier {
  readonly tier: 'pid-namespace' | 'none';
  /** A sentence for people: what holds, or what is missing and how to get it. */
  readonly detail: string;
}

export type Isolation = 'namespace' | 'none';

/** What is started in place of the command, and whether it reports on file descriptor 3. */
export interface Launch {
  readonly file: string;
  readonly args: readonly string[];
  readonly isolation: Isolation;
}

const systemFolders = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin'];

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
};

const systemTool = (name: string): string | undefined =>
  systemFolders.map((folder) => join(folder, name)).find(isExecutable);

/** Where a command is, looked for as a shell would with the given PATH; undefined when it isn't there or can't be executed. */
export const findExecutable = (command: string, cwd: string, path = ''): string | undefined => {
  if (command.includes('/')) return [isAbsolute(command) ? command : resolve(cwd, command)].find(isExecutable);
  return path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(resolve(cwd, folder), command))
    .find(isExecutable);
};

/**
 * PID 1 of the namespace. A process that is PID 1 ignores every signal it has no handler for and has to reap orphans; neither
 * `bash script` nor `claude` is written for that. This shell waits in the foreground (which reaps whatever it is handed), says
 * on descriptor 3 that it started, then how the command ended and how many processes it left behind, and by ending itself
 * ends those. Its own stderr is shut so that the shell's remark "Terminated" never mixes with the command's output.
 */
const init = `echo started >&3
exec 4>&2 2>/dev/null
"$@" 2>&4 3>&- 4>&-
status=$?
set -- /proc/[0-9]*
echo "ended $status $(($# - 1))" >&3
exit $status`;

const namespaceFlags = ['--user', '--map-current-user', '--pid', '--fork', '--kill-child', '--mount-proc'];

const namespaceArguments = (unshare: string): string[] => [
  '--pdeathsig',
  'KILL',
  '--',
  unshare,
  ...namespaceFlags,
  '--',
];

const missing = (tools: string): IsolationTier => ({
  tier: 'none',
  detail: `no PID namespace: ${tools}. Processes are ended by tree and by environment marker; one that daemonises and clears its environment can escape, and children live on when this process is killed`,
});

const probe = (): IsolationTier => {
  const [setpriv, unshare] = [systemTool('setpriv'), systemTool('unshare')];
  if (process.platform !== 'linux') return missing(`${process.platform} has none`);
  if (!setpriv || !unshare) return missing('setpriv or unshare is not installed (package util-linux)');
  const tried = execaSync(setpriv, [...namespaceArguments(unshare), '/bin/sh', '-c', 'echo $$'], {
    reject: false,
    timeout: 10_000,
  });
  if (tried.exitCode === 0 && tried.stdout.trim() === '1')
    return {
      tier: 'pid-namespace',
      detail: 'each process tree lives in a PID namespace of its own and ends with its supervisor',
    };
  return missing(`unshare failed (${(tried.stderr || tried.shortMessage || 'no message').trim().slice(0, 200)})`);
};

let known: IsolationTier | undefined;

/** Probed once per process, by starting one. */
export const isolationTierSync = (): IsolationTier => (known ??= probe());

/** What isolation this machine gives; the caller says it aloud (log, `lockstep doctor`). */
export const isolationTier = async (): Promise<IsolationTier> => isolationTierSync();

/** How many processes this user may have here at most, which nobody below may raise; infinite where nothing says so. */
const mostAllowed = (): number => {
  try {
    return Number(/^Max processes +\S+ +(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1] ?? Infinity);
  } catch {
    return Infinity;
  }
};

/**
 * `prlimit --nproc` counts a user's processes in the namespace. The kernel exempts root, whom only the watch of the tree stops. More than
 * is allowed here already cannot be set: the command would not start.
 */
const limited = (command: readonly string[], processes: number | undefined): string[] => {
  const prlimit = processes === undefined ? undefined : systemTool('prlimit');
  if (prlimit === undefined || processes === undefined) return [...command];
  return [prlimit, `--nproc=${Math.min(processes, mostAllowed())}`, '--', ...command];
};

/** The command line that runs `command` under the strongest isolation there is, at most the one asked for. */
export const planLaunch = (command: readonly string[], wanted: Isolation, processes?: number): Launch => {
  const setpriv = systemTool('setpriv');
  if (wanted === 'namespace' && isolationTierSync().tier === 'pid-namespace') {
    const inner = ['/bin/sh', '-c', init, 'lockstep-init', ...limited(command, processes)];
    return { file: setpriv!, args: [...namespaceArguments(systemTool('unshare')!), ...inner], isolation: 'namespace' };
  }
  const [file = '', ...args] = command;
  return setpriv && process.platform === 'linux'
    ? { file: setpriv, args: ['--pdeathsig', 'KILL', '--', file, ...args], isolation: 'none' }
    : { file, args, isolation: 'none' };
};
