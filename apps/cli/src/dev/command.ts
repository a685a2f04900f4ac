import { readFileSync } from 'node:fs';
import {
  devSettings,
  processEnvironment,
  processSettings,
  readConfig,
  runProcess,
  silentLogger,
  type Service,
} from '@lockstep/runtime';
import { errorText } from '../report-error';
import type { DevServerEntry } from '../server/registry';
import { jsonLine, type Terminal } from '../terminal';
import { DevServer, isScripted } from './dev-server';

export interface DevFlags {
  readonly executors: number;
  readonly port?: number;
  readonly dataDir?: string;
  readonly ephemeral?: boolean;
  readonly json?: boolean;
}

const scriptedNotice =
  'The model is scripted: it can only carry out code that a plan contains. Set ANTHROPIC_API_KEY (or ANTHROPIC_BASE_URL) for a real one.\n';

/** Runs until it is told to stop; the process ends with it. */
export function runDev(flags: DevFlags, terminal: Terminal): void {
  const config = readConfig(devSettings);
  const { exitWithParent } = readConfig(processSettings, processEnvironment());
  if (isScripted(config)) terminal.err(scriptedNotice);
  const server = new DevServer({
    executors: flags.executors,
    port: flags.port,
    dataDir: flags.dataDir,
    ephemeral: flags.ephemeral ?? false,
    config,
    say: (text) => terminal.err(text),
    onReady: (entry) => (flags.json ? terminal.out(readyLine(entry)) : terminal.out(readyText(entry))),
  });
  if (config.npmCommand !== undefined) endWithNpm();
  // A terminal that is closed is Ctrl-C by another name.
  process.on('SIGHUP', () => process.kill(process.pid, 'SIGTERM'));
  runProcess(saying(server, terminal), {
    logger: silentLogger(),
    config: { exitWithParent, failpoints: [] },
    hurryMs: 10_000,
  });
}

/** npx takes a signal for itself and leaves its child running: that it or its shell is gone shows in who is whose parent. */
function endWithNpm(): void {
  const ancestry = ancestors();
  const timer = setInterval(() => {
    if (ancestors() === ancestry) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, 300);
}

/** The parent and, where the system tells it, the parent's parent: npm stands behind a shell. */
const ancestors = (): string => `${process.ppid} ${parentOf(process.ppid)}`;

function parentOf(pid: number): string {
  try {
    return /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';
  } catch {
    return '';
  }
}

/** The service, with its faults told to people. */
const saying = (server: Service, terminal: Terminal): Service => ({
  start: () =>
    server.start().catch((error: unknown) => {
      terminal.err(errorText(error));
      throw error;
    }),
  stop: (hurry) => {
    terminal.err('Stopping …\n');
    return server.stop(hurry).catch((error: unknown) => {
      terminal.err(errorText(error));
      throw error;
    });
  },
});

const readyLine = ({ url, feedUrl, token, dataDir }: DevServerEntry): string =>
  jsonLine({ ready: true, url, feedUrl, token, dataDir });

const readyText = ({ url, feedUrl, token, dataDir }: DevServerEntry): string =>
  [
    `Lockstep is ready at ${url} (feed: ${feedUrl}).`,
    `Data and logs are in ${dataDir}.`,
    'In another shell:  lockstep run PLAN.md --repo PATH',
    `From elsewhere:    LOCKSTEP_URL=${url} LOCKSTEP_TOKEN=${token}`,
    'Ctrl-C stops everything.',
    '',
  ].join('\n');
