import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

/** One line of the agent's stdout. Only what the specs look at is typed. */
export interface AgentEvent {
  readonly type: string;
  readonly subtype?: string;
  readonly is_error?: boolean;
  readonly result?: string;
  readonly terminal_reason?: string;
  readonly api_error_status?: number | null;
  readonly num_turns?: number;
  readonly error?: string;
  readonly message?: {
    readonly model?: string;
    readonly content?: readonly { readonly type: string; readonly text?: string; readonly name?: string }[];
  };
  readonly rate_limit_info?: { readonly status?: string; readonly resetsAt?: number };
}

export interface AgentRun {
  readonly events: readonly AgentEvent[];
  readonly results: readonly AgentEvent[];
  readonly exitCode: number | null;
}

/** Folders of one agent: its working directory, HOME and configuration. */
export interface AgentPlace {
  readonly cwd: string;
  readonly home: string;
  readonly config: string;
  remove(): Promise<void>;
}

export async function agentPlace(): Promise<AgentPlace> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'offline-model-spec-')));
  const place = { cwd: join(root, 'work'), home: join(root, 'home'), config: join(root, 'config') };
  await Promise.all(Object.values(place).map((folder) => mkdir(folder)));
  return { ...place, remove: () => rm(root, { recursive: true, force: true }) };
}

const binary = (): string => {
  const found = createRequire(__filename).resolve(
    `@anthropic-ai/claude-code-${process.platform}-${process.arch}/package.json`,
  );
  return join(dirname(found), 'claude');
};

export interface AgentOptions {
  readonly url: string;
  readonly place: AgentPlace;
  /** Each is sent after the result of the one before. */
  readonly prompts: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** The process is killed then, and the run ends with what there is. */
  readonly limitMs?: number;
}

const flags = [
  '-p',
  '--input-format',
  'stream-json',
  '--output-format',
  'stream-json',
  '--verbose',
  '--permission-mode',
  'bypassPermissions',
  '--setting-sources',
  '',
  '--strict-mcp-config',
  '--tools',
  'Bash,Read,Write,Edit,Glob,Grep',
];

const environment = (url: string, { home, config }: AgentPlace): Record<string, string> => ({
  PATH: `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin`,
  HOME: home,
  CLAUDE_CONFIG_DIR: config,
  ANTHROPIC_BASE_URL: url,
  ANTHROPIC_API_KEY: 'not-a-key',
  IS_SANDBOX: '1',
  DISABLE_AUTOUPDATER: '1',
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: '1',
  CLAUDE_CODE_DISABLE_AUTO_MEMORY: '1',
  CLAUDE_CODE_MAX_RETRIES: '1',
});

/** Runs the real binary to its end. */
export async function runClaude({
  url,
  place,
  prompts,
  env,
  args = [],
  limitMs = 25_000,
}: AgentOptions): Promise<AgentRun> {
  const child = spawn(binary(), [...flags, ...args], { cwd: place.cwd, env: { ...environment(url, place), ...env } });
  const limit = setTimeout(() => child.kill('SIGKILL'), limitMs);
  child.stderr.resume();
  child.stdin.on('error', () => undefined);
  const events: AgentEvent[] = [];
  const closed = once(child, 'close');
  await converse(child, prompts, events);
  const [exitCode] = (await closed) as [number | null];
  clearTimeout(limit);
  return { events, results: events.filter(({ type }) => type === 'result'), exitCode };
}

async function converse(
  child: ChildProcessWithoutNullStreams,
  prompts: readonly string[],
  events: AgentEvent[],
): Promise<void> {
  const waiting = [...prompts];
  const next = (): void => {
    const prompt = waiting.shift();
    if (prompt === undefined) return void child.stdin.end();
    const message = { role: 'user', content: [{ type: 'text', text: prompt }] };
    child.stdin.write(`${JSON.stringify({ type: 'user', message })}\n`);
  };
  next();
  for await (const line of createInterface(child.stdout)) {
    const event = JSON.parse(line) as AgentEvent;
    events.push(event);
    if (event.type === 'result') next();
  }
}

/** All that the model itself said. */
export const saidIn = ({ events }: AgentRun): string =>
  events
    .filter(({ type, message }) => type === 'assistant' && message?.model !== '<synthetic>')
    .flatMap(({ message }) => message?.content ?? [])
    .map(({ text }) => text ?? '')
    .join('');
