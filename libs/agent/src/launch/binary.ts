import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Fault } from '@lockstep/contracts';
import { supervise } from '@lockstep/supervise';

const advice =
  'Install it with `npm i @anthropic-ai/claude-code` (the binary is in its platform package), or name one with CLAUDE_BIN.';

const isMusl = (): boolean => {
  const header = (process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined)?.header;
  return process.platform === 'linux' && header?.glibcVersionRuntime === undefined;
};

/** The npm package that carries the binary for a platform, as `@anthropic-ai/claude-code` names them. */
export const platformPackage = (platform: string, arch: string, musl: boolean): string =>
  `@anthropic-ai/claude-code-${platform}-${arch}${musl ? '-musl' : ''}`;

/** Path of the installed binary; undefined when the platform's package isn't installed. */
export const defaultClaudeBinary = (): string | undefined => {
  const name = platformPackage(process.platform, process.arch, isMusl());
  try {
    const manifest = createRequire(__filename).resolve(`${name}/package.json`);
    return join(dirname(manifest), process.platform === 'win32' ? 'claude.exe' : 'claude');
  } catch {
    return undefined;
  }
};

export interface ClaudeBinary {
  readonly bin: string;
  readonly version: string;
}

const askVersion = async (bin: string) => {
  const said: Buffer[] = [];
  const child = supervise({
    command: bin,
    args: ['--version'],
    cwd: tmpdir(),
    env: { PATH: '/usr/bin:/bin', HOME: tmpdir(), DISABLE_AUTOUPDATER: '1' },
    limits: { wallMs: 30_000, outputBytes: 100_000 },
    graceMs: 1_000,
    marker: randomUUID(),
    isolation: 'none',
    onStdout: (chunk) => void said.push(chunk),
    onStderr: (chunk) => void said.push(chunk),
  });
  return { ending: await child.ending, said: Buffer.concat(said).toString('utf8').trim() };
};

/** Runs `claude --version`. Throws `agent_unavailable`, saying what to do, when there is no binary or it doesn't answer. */
export const probeClaude = async (bin = defaultClaudeBinary()): Promise<ClaudeBinary> => {
  if (bin === undefined) throw new Fault('agent_unavailable', `The claude binary is not installed. ${advice}`);
  const { ending, said } = await askVersion(bin);
  const version = /^(\d+\.\d+\.\d+\S*)/.exec(said)?.[1];
  if (ending.kind === 'exited' && ending.exitCode === 0 && version) return { bin, version };
  const why =
    ending.kind === 'not_started' ? ending.detail : `it ended as ${ending.kind} and said: ${said.slice(0, 300)}`;
  throw new Fault('agent_unavailable', `The claude binary at ${bin} does not tell its version: ${why}. ${advice}`);
};
