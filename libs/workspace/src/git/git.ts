import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { type SimpleGit, simpleGit } from 'simple-git';
import { Fault } from '@lockstep/contracts';
import { configFileOf, ensureConfig, gitEnvironment, type GitSettings } from './environment';

export interface GitCall {
  /** The repository: always one of ours. */
  readonly gitDir: string;
  readonly workTree?: string;
  readonly indexFile?: string;
  readonly input?: string | Buffer;
  /** Wall time; the process is killed after it. */
  readonly timeoutMs?: number;
  /** Output beyond this many bytes ends the process; what came so far is returned with `cut`. */
  readonly maxBytes?: number;
  /** Exit codes that are answers rather than failures. */
  readonly expectExit?: readonly number[];
}

export interface GitResult {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly cut: boolean;
}

const oneMinute = 60_000;
const oneGibibyte = 1024 ** 3;

const bufferOf = (bytes: unknown): Buffer =>
  bytes instanceof Uint8Array ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength) : Buffer.alloc(0);

/** Starts git: plumbing through `run`, conversations with other repositories through `remote`. */
export class Git {
  readonly environment: Record<string, string>;

  constructor(readonly settings: GitSettings) {
    this.environment = gitEnvironment(settings, ensureConfig(configFileOf(settings)));
    mkdirSync(join(settings.root, 'git', 'home'), { recursive: true });
  }

  /** The environment for a call: ours, pointing at one repository and nothing else. */
  environmentFor(call: GitCall): Record<string, string> {
    return {
      ...this.environment,
      GIT_DIR: call.gitDir,
      ...(call.workTree === undefined ? {} : { GIT_WORK_TREE: call.workTree }),
      ...(call.indexFile === undefined ? {} : { GIT_INDEX_FILE: call.indexFile }),
    };
  }

  /**
   * Runs one plumbing command. @throws Fault git_failed when it exits with anything but 0 or an expected code, or takes too
   * long.
   */
  async run(args: readonly string[], call: GitCall): Promise<GitResult> {
    const result = await execa('git', args, {
      env: this.environmentFor(call),
      extendEnv: false,
      cwd: call.workTree ?? call.gitDir,
      ...(call.input === undefined ? { stdin: 'ignore' as const } : { input: call.input }),
      encoding: 'buffer',
      stripFinalNewline: false,
      reject: false,
      timeout: call.timeoutMs ?? oneMinute,
      maxBuffer: call.maxBytes ?? oneGibibyte,
      killSignal: 'SIGKILL',
    });
    const stderr = bufferOf(result.stderr).toString('utf8');
    const cut = result.isMaxBuffer && call.maxBytes !== undefined;
    const exitCode = result.exitCode ?? -1;
    if (!cut && exitCode !== 0 && !call.expectExit?.includes(exitCode))
      throw failure(args, result.timedOut, exitCode, stderr);
    return { exitCode, stdout: bufferOf(result.stdout), stderr, cut };
  }

  /** `run`, for an answer that is one line of text. */
  async line(args: readonly string[], call: GitCall): Promise<string> {
    return (await this.run(args, call)).stdout.toString('utf8').trim();
  }

  /**
   * simple-git for a repository of ours that talks to another one. Only the environment above reaches it; `safeDirectories`
   * are local repositories of another owner that the operator allows.
   */
  remote(gitDir: string, safeDirectories: readonly string[] = [], timeoutMs = 10 * oneMinute): SimpleGit {
    const configFile =
      safeDirectories.length === 0 ? configFileOf(this.settings) : ensureConfig(`${gitDir}.config`, safeDirectories);
    const environment = { ...this.environment, GIT_CONFIG_GLOBAL: configFile, GIT_DIR: gitDir };
    return simpleGit({
      baseDir: gitDir,
      timeout: { block: timeoutMs, stdOut: false, stdErr: false },
      allowEnvironment: Object.keys(environment).filter((name) => name.startsWith('GIT_')),
      unsafe: { allowUnsafeConfigPaths: true, allowUnsafeSshCommand: true },
    }).env(environment);
  }
}

const failure = (args: readonly string[], timedOut: boolean, exitCode: number, stderr: string): Fault =>
  new Fault(
    'git_failed',
    timedOut
      ? `git ${args[0]} took too long and was ended. Look at the disk's load, then try again.`
      : `git ${args[0]} ended with ${exitCode}: ${stderr.trim().slice(0, 2000) || 'no message'}. Look at the message; when it names damage, remove the run's workspace and let it be restored.`,
  );
