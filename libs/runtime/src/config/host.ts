import type { Environment } from './setting';

/** What a child process needs of this machine to find programs, a place for temporary files and its language; no secret among them. */
const plain = [
  'PATH',
  'HOME',
  'LANG',
  'LC_ALL',
  'LC_CTYPE',
  'TZ',
  'TMPDIR',
  'USER',
  'LOGNAME',
  'SHELL',
  'TERM',
] as const;

/** The part of the environment that a child process may inherit: the harmless names above, and those asked for. */
export function hostEnvironment(more: readonly string[] = [], env: Environment = process.env): Record<string, string> {
  const names = [...plain, ...more];
  return Object.fromEntries(names.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}

/** The environment of this process; the flag `--exit-with-parent` on its command line is the same as the variable. */
export function processEnvironment(argv: readonly string[] = process.argv): Environment {
  return argv.includes('--exit-with-parent') ? { ...process.env, LOCKSTEP_EXIT_WITH_PARENT: 'true' } : process.env;
}
