import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { existsSync } from 'node:fs';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { type Readable, type Writable } from 'node:stream';

/** Anything of the form `{ turns: [...] }`; the model itself checks it and names the place that is wrong. */
export interface ModelScript {
  readonly turns: readonly unknown[];
}

export interface OfflineModelProcessOptions {
  readonly mode: 'follow' | 'script';
  readonly script?: ModelScript;
  readonly port?: number;
}

/** A request as the model recorded it; `message` is there for `POST /v1/messages` only. */
export interface ModelRequest {
  readonly at: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Which turn or step it was answered with. */
  readonly note?: string;
  readonly message?: {
    readonly kind: 'main' | 'summary' | 'title' | 'probe' | 'side';
    readonly sessionId?: string;
    readonly model: string;
    readonly stream: boolean;
    readonly maxTokens?: number;
    readonly tools: readonly string[];
    readonly system: string;
    readonly promptCount: number;
    /** Tool calls without a result: the Messages API would refuse the request. */
    readonly openCalls: number;
    readonly prompt: string;
    readonly results: readonly { readonly tool: string; readonly text: string; readonly isError: boolean }[];
  };
}

export interface OfflineModelProcess {
  /** For `ANTHROPIC_BASE_URL`. */
  readonly url: string;
  readonly pid: number;
  /** The latest 500 requests, oldest first. */
  requests(): Promise<readonly ModelRequest[]>;
  /** Replaces the script; fails with the model's own words when it is not valid. */
  setScript(script: ModelScript): Promise<void>;
  /** May be called twice. */
  stop(): Promise<void>;
}

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** Starts the built offline model on a free loopback port. It ends with this process, however that ends. */
export async function startOfflineModelProcess(options: OfflineModelProcessOptions): Promise<OfflineModelProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'offline-model-'));
  const child = spawn(process.execPath, await argumentsFor(options, folder), {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {},
  });
  const exited = once(child, 'exit').finally(() => rm(folder, { recursive: true, force: true }));
  try {
    const { url, pid } = await readyLine(child);
    return {
      url,
      pid,
      requests: () => getRequests(url),
      setScript: (script) => putScript(url, script),
      stop: () => stop(child, exited),
    };
  } catch (error) {
    await stop(child, exited);
    throw error;
  }
}

async function argumentsFor({ mode, script, port = 0 }: OfflineModelProcessOptions, folder: string): Promise<string[]> {
  const main = join(__dirname, '../../../apps/offline-model/dist/main.js');
  if (!existsSync(main)) throw new Error('The offline model is not built. Run: npm run build');
  const file = join(folder, 'script.json');
  if (script) await writeFile(file, JSON.stringify(script));
  return [main, '--mode', mode, '--port', String(port), '--exit-with-stdin', ...(script ? ['--script', file] : [])];
}

/** The first line on stdout; when the process ends before it, its own words are the error. */
async function readyLine(child: Child): Promise<{ url: string; pid: number }> {
  const said: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk));
  const line = once(createInterface(child.stdout), 'line').then(
    ([text]) => JSON.parse(String(text)) as { url: string; pid: number },
  );
  const ended = once(child, 'close').then(([code]) => {
    throw new Error(
      `The offline model ended with ${code} before it was ready. ${Buffer.concat(said).toString('utf8').trim()}`,
    );
  });
  ended.catch(() => undefined);
  return Promise.race([line, ended]);
}

async function getRequests(url: string): Promise<readonly ModelRequest[]> {
  const response = await fetch(`${url}/_lockstep/requests`);
  return (await response.json()) as readonly ModelRequest[];
}

async function putScript(url: string, script: ModelScript): Promise<void> {
  const response = await fetch(`${url}/_lockstep/script`, { method: 'PUT', body: JSON.stringify(script) });
  if (!response.ok) throw new Error(await response.text());
}

async function stop(child: Child, exited: Promise<unknown>): Promise<void> {
  child.kill('SIGTERM');
  await exited;
}
