import { randomUUID } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOfflineModelProcess, type OfflineModelProcess } from '@lockstep/testing';
import {
  agentEnvironment,
  openConversation,
  probeClaude,
  startCredentialProxy,
  type AgentEnvironmentOptions,
  type AgentWarning,
  type Conversation,
  type ConversationOptions,
  type CredentialProxy,
  type RateLimit,
  type UsageDelta,
} from '../index';

const key = 'the-real-key-of-the-provider';

interface Room {
  readonly cwd: string;
  readonly configDir: string;
  readonly home: string;
  readonly tempDir: string;
}

interface Setup {
  readonly room?: Room;
  readonly bin?: string;
  readonly environment?: Partial<AgentEnvironmentOptions>;
  readonly arguments?: Partial<ConversationOptions['arguments']>;
  readonly limits?: ConversationOptions['limits'];
  readonly costBeforeUsd?: number;
}

export const bash = (command: string, more: object = {}) => ({
  tool: 'Bash',
  input: { command, description: 'run it', ...more },
});

export const say = (...blocks: object[]) => ({ blocks });

/** The real binary before a scripted model: what the contract's specs speak with. */
export class ContractRig {
  readonly key = key;
  private readonly started: Conversation[] = [];

  private constructor(
    readonly model: OfflineModelProcess,
    readonly proxy: CredentialProxy,
    private readonly root: string,
    private readonly bin: string,
    /** Every refusal that the proxy has seen. */
    readonly refusals: RateLimit[],
  ) {}

  static async start(): Promise<ContractRig> {
    const model = await startOfflineModelProcess({ mode: 'script', script: { turns: [] } });
    const refusals: RateLimit[] = [];
    const onRateLimit = (_: string, limit: RateLimit): unknown => refusals.push(limit);
    const proxy = await startCredentialProxy({ upstreamUrl: model.url, apiKey: key, onRateLimit });
    const root = await mkdtemp(join(tmpdir(), 'agent-contract-'));
    return new ContractRig(model, proxy, root, (await probeClaude()).bin, refusals);
  }

  async endConversations(): Promise<void> {
    await Promise.all(this.started.splice(0).map((conversation) => conversation.terminate('the test is over')));
  }

  async stop(): Promise<void> {
    await this.proxy.stop();
    await this.model.stop();
    await rm(this.root, { recursive: true, force: true });
  }

  async makeRoom(): Promise<Room> {
    const base = await mkdtemp(join(this.root, 'run-'));
    const room = {
      cwd: join(base, 'work'),
      configDir: join(base, 'config'),
      home: join(base, 'home'),
      tempDir: join(base, 'temp'),
    };
    await Promise.all(Object.values(room).map((folder) => mkdir(folder)));
    return room;
  }

  /** A second program in Claude's place that adds flags to its command line. */
  async withFlags(...flags: string[]): Promise<string> {
    const path = join(this.root, `claude-${randomUUID()}`);
    await writeFile(path, `#!/bin/sh\nexec '${this.bin}' "$@" ${flags.join(' ')}\n`);
    await chmod(path, 0o755);
    return path;
  }

  async open(setup: Setup = {}) {
    const room = setup.room ?? (await this.makeRoom());
    const told = { text: '', output: '', usage: [] as UsageDelta[], warnings: [] as AgentWarning[] };
    const runId = randomUUID();
    const conversation = openConversation({
      ...this.optionsFor(runId, room, setup),
      listener: {
        onText: (delta) => (told.text += delta),
        onOutput: (chunk) => (told.output += chunk),
        onUsage: (delta) => told.usage.push(delta),
        onWarning: (warning) => told.warnings.push(warning),
      },
    });
    this.started.push(conversation);
    return { conversation, told, runId, cwd: room.cwd };
  }

  async script(...turns: object[]): Promise<void> {
    await this.model.setScript({ turns });
  }

  async lastMessage() {
    return (await this.model.requests()).filter((each) => each.message?.kind === 'main').at(-1)!.message!;
  }

  private optionsFor(runId: string, { cwd, ...folders }: Room, setup: Setup): Omit<ConversationOptions, 'listener'> {
    const root = process.getuid?.() === 0;
    const door = { baseUrl: this.proxy.url, token: this.proxy.tokenFor(runId) };
    const options = { path: '/usr/local/bin:/usr/bin:/bin', ...folders, ...door, root, maxRetries: 0 };
    return {
      bin: setup.bin ?? this.bin,
      cwd,
      env: agentEnvironment({ ...options, ...setup.environment }),
      arguments: { sessionId: randomUUID(), resume: false, stage: 'implementation', ...setup.arguments },
      isolation: 'namespace',
      marker: randomUUID(),
      limits: { initMs: 20_000, idleMs: 20_000, turnMs: 25_000, graceMs: 4_000, ...setup.limits },
      rateLimit: () => this.proxy.latestRateLimit(runId),
      ...(setup.costBeforeUsd !== undefined && { costBeforeUsd: setup.costBeforeUsd }),
    };
  }
}
