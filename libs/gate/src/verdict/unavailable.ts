const lastLines = 30;

/**
 * A command whose tool isn't installed says nothing about the step: the workspace's setup is at fault. Only names that are
 * looked up on PATH count; a missing `./check.sh` is a file that the step owes.
 */
const missingTool: readonly { readonly exit: (code: number) => boolean; readonly pattern: RegExp }[] = [
  { exit: (code) => code === 127, pattern: /(?:^|: )([\w.+@-]+): (?:command )?not found$/ },
  { exit: (code) => code === 127, pattern: /^(?:\/\S*\/)?env: [‘'"]?([\w.+@-]+)[’'"]?: No such file or directory$/ },
  {
    exit: (code) => code !== 0,
    pattern: /^\S*python[\d.]*: No module named (pytest|nose2|tox|coverage|unittest2|pip|uv|poetry)$/,
  },
  { exit: (code) => code !== 0, pattern: /^error: Failed to spawn: `([\w.+@-]+)`$/ },
  {
    exit: (code) => code !== 0,
    pattern: /^npm (?:error|ERR!) code (ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT|ENOTCACHED)$/,
  },
];

const fullDisk = /\bENOSPC\b|No space left on device/;

const tail = (lines: readonly string[]): readonly string[] => lines.slice(-lastLines);

/**
 * Why the machine or the setup, not the step, kept a command from running; null when nothing says so.
 * @param lines the output, without ANSI codes
 */
export const unavailable = (exitCode: number, lines: readonly string[]): string | null => {
  if (exitCode === 0) return null;
  for (const line of tail(lines)) {
    if (fullDisk.test(line)) return 'the disk is full';
    for (const { exit, pattern } of missingTool) {
      const name = exit(exitCode) ? pattern.exec(line)?.[1] : undefined;
      if (name) return `${name} is not available in the workspace: have the setup install it`;
    }
  }
  return null;
};
