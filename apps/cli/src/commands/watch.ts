import type { Question, Run } from '@lockstep/contracts';
import { painterFor, printable, watchUntilRest, type Client, type Painter } from '@lockstep/client';
import { exitCodeOfRun, exitCodes } from '../exit-code';
import { jsonLine, type Terminal } from '../terminal';
import { causeText, tellWhy } from './why';

export interface WatchFlags {
  readonly json?: boolean;
  readonly exitStatus?: boolean;
}

/**
 * Watches a run to its end, or until it waits for a person. With `--exit-status` the run's state is the exit status; without it a
 * watch that ended in order is 0, whatever became of the run. Ctrl-C ends the watch alone.
 */
export async function watchCommand(
  client: Client,
  runId: string,
  flags: WatchFlags,
  terminal: Terminal,
): Promise<number> {
  const stop = interrupted();
  try {
    return await watch(client, runId, { ...flags, signal: stop.signal }, terminal);
  } finally {
    stop.forget();
  }
}

async function watch(
  client: Client,
  runId: string,
  { json = false, exitStatus = false, signal }: WatchFlags & { readonly signal: AbortSignal },
  terminal: Terminal,
): Promise<number> {
  const painter = painterOn(terminal, json);
  const telling = painter && tellWhy(client, runId, painter);
  const run = await watchUntilRest(client, runId, {
    signal,
    onEvent: (view, event) => {
      if (json) terminal.out(jsonLine(event));
      painter?.event(view, event);
    },
    onConnection: (connected, why) => connected || painter?.say(`The feed is away (${why}); trying again …`),
  }).finally(() => telling?.stop());
  painter?.end();
  if (!run) {
    terminal.err(
      `Stopped watching; the run goes on. To come back: lockstep watch ${runId}. To end it: lockstep cancel ${runId}\n`,
    );
    return exitCodes.interrupted;
  }
  terminal.err(restText(run, await openQuestions(client, run)));
  return exitStatus ? exitCodeOfRun(run) : exitCodes.completed;
}

/** None where NDJSON goes to the same terminal. */
const painterOn = (terminal: Terminal, json: boolean): Painter | undefined =>
  json && terminal.outIsTty && terminal.errIsTty
    ? undefined
    : painterFor({ write: terminal.err, isTerminal: terminal.errIsTty, size: terminal.size });

function interrupted(): { readonly signal: AbortSignal; readonly forget: () => void } {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  process.once('SIGINT', abort);
  process.once('SIGTERM', abort);
  const forget = (): void => {
    process.off('SIGINT', abort);
    process.off('SIGTERM', abort);
  };
  return { signal: controller.signal, forget };
}

async function openQuestions(client: Client, run: Run): Promise<Question[]> {
  if (run.status === 'cancelled') return [];
  return (await client.runs.questions(run.id)).filter(({ status }) => status === 'open');
}

/** What has become of the run, and what to do next. */
export function restText(run: Run, questions: readonly Question[]): string {
  const { id, status, branch, steps } = run;
  const why = causeText(run);
  const head = `Run ${id} is ${status}: ${steps.completed} of ${steps.total} steps${why ? `. ${why}` : ''}`;
  return [head, ...questions.map(questionText), ...nextSteps(run, questions), '']
    .join('\n')
    .replaceAll('BRANCH', branch);
}

export function questionText({ id, stepKey, category, text, options }: Question): string {
  const place = stepKey === null ? '' : ` (step ${printable(stepKey)})`;
  const lines = text
    .trim()
    .split('\n')
    .map((line) => `    ${printable(line)}`);
  const choices = options.map((option, index) => `    ${index + 1}. ${printable(option)}`);
  return [`  ${category}${place} ${id}`, ...lines, ...choices].join('\n');
}

function nextSteps({ id, status, waitReason }: Run, questions: readonly Question[]): string[] {
  if (status === 'completed') return [`  lockstep results ${id}`, '  git log BRANCH'];
  if (questions.length > 0) return [`  lockstep answer ${id} TEXT`];
  if (status === 'blocked') return [`  lockstep retry ${id}`];
  if (waitReason === 'review') return [`  lockstep diff ${id}`, `  lockstep approve ${id}`, `  lockstep retry ${id}`];
  if (status === 'paused') return [`  lockstep resume ${id}`];
  return status === 'failed' ? [`  lockstep retry ${id}`, `  lockstep results ${id}`] : [];
}
