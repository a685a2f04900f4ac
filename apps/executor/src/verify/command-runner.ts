import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  runVerification,
  verifyOnceMore,
  type PlannedCommand,
  type Supervise,
  type VerificationResult,
} from '@lockstep/gate';
import type { NewVerification } from '@lockstep/database';
import { supervise } from '@lockstep/supervise';
import type { RunContext } from '../run/run-context';

export interface Place {
  /** Working directory of the command. */
  readonly cwd: string;
  readonly home: string;
  /** A folder outside the tree, for reports. */
  readonly reports: string;
}

export interface CommandRun {
  readonly planned: PlannedCommand;
  readonly owesTests?: boolean;
  /** A failure is tried once more, unchanged. */
  readonly again?: boolean;
  readonly limitMs: number;
}

const outputBytes = 256 * 1024;

/** A project's own command, as the plan would state it. */
export const plainCommand = (script: string): PlannedCommand => ({
  script,
  expect: { kind: 'pass' },
  expectTexts: [],
  optional: false,
});

/**
 * Runs one command of a plan or project the way the gate does: supervised, with a cleared environment and limits of time and of
 * processes. When the run is interrupted meanwhile, the command is ended and its result means nothing. @throws Interrupted
 */
export async function runCommand(
  { control, config }: Pick<RunContext, 'control' | 'config'>,
  place: Place,
  { planned, owesTests, again, limitMs }: CommandRun,
): Promise<VerificationResult> {
  control.breakpoint();
  const env = commandEnvironment(place);
  await mkdir(env.TMPDIR, { recursive: true });
  const spec = {
    ...planned,
    cwd: place.cwd,
    env,
    timeoutMs: limitMs,
    processes: config.processLimit,
    outputBytes,
    reportDir: place.reports,
    ...(owesTests === undefined ? {} : { owesTests }),
    marker: randomBytes(16).toString('hex'),
    isolation: 'namespace' as const,
  };
  const run = endedBy(control.signal);
  const first = await runVerification(spec, run);
  control.breakpoint();
  if (!again) return first;
  const result = await verifyOnceMore({ ...spec, marker: randomBytes(16).toString('hex') }, first, run);
  control.breakpoint();
  return result;
}

const endedBy =
  (signal: AbortSignal): Supervise =>
  (spec) => {
    const process = supervise(spec);
    const end = (): void => void process.terminate('the run was interrupted');
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    void process.ending.finally(() => signal.removeEventListener('abort', end));
    return process;
  };

/** What plan code sees of this machine: a path, a home of its own, and nothing of the executor's environment. */
const commandEnvironment = ({ home }: Place) => ({
  PATH: commandPath,
  HOME: home,
  TMPDIR: join(home, 'tmp'),
  LANG: 'C.UTF-8',
  CI: 'true',
  npm_config_update_notifier: 'false',
  NO_COLOR: '1',
});

/** Node itself may live anywhere; the rest is the system's. */
export const commandPath = [
  join(process.execPath, '..'),
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
].join(':');

export interface EvidenceOf {
  readonly purpose: NewVerification['purpose'];
  readonly stepKey: string | null;
  readonly attempt: number | null;
  readonly position: number;
  readonly treeSha: string | null;
}

/** A result as the row that is kept. */
export const evidence = (result: VerificationResult, of: EvidenceOf): NewVerification => ({
  ...of,
  command: result.command,
  exitCode: result.exitCode,
  verdict: result.verdict,
  runner: result.runner,
  tests: result.tests ?? null,
  failing: result.failing,
  names: { names: result.names, complete: result.namesComplete },
  notes: [
    result.detail,
    ...result.expected.filter(({ met }) => met === false).map(({ text, note }) => `expected ${text}: ${note}`),
  ],
  durationMs: result.durationMs,
  outputSha256: result.outputSha256,
  output: result.output,
});

export const verificationLimitMs = ({ settings, config }: Pick<RunContext, 'settings' | 'config'>): number =>
  Math.min(config.verificationLimitMs, settings.verificationLimitSeconds * 1000);

/** What a person reads of a command that did not pass. */
export const describeFailure = (result: VerificationResult): string =>
  `${result.verdict}: ${result.detail}\n\nThe command:\n${result.command}\n\nThe end of its output:\n${result.outputTail.trim() || '(none)'}`;
