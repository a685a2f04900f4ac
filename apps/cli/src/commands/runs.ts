import { Fault, type Question, type Run } from '@lockstep/contracts';
import { printable, printableLines, type Client } from '@lockstep/client';
import { exitCodes } from '../exit-code';
import { jsonLine, type Terminal } from '../terminal';
import { questionText } from './watch';

export interface JsonFlag {
  readonly json?: boolean;
}

/** The open questions of the team, or of one run. */
export async function questionsCommand(
  client: Client,
  flags: JsonFlag & { run?: string },
  terminal: Terminal,
): Promise<number> {
  if (flags.run !== undefined) await client.runs.get(flags.run); // one that isn't there has no questions either, and should say so
  const questions = await client.questions.list({ state: 'open', runId: flags.run });
  if (flags.json) questions.forEach((question) => terminal.out(jsonLine(question)));
  else if (questions.length === 0) terminal.err('No open question.\n');
  else terminal.out(`${questions.map((each) => `run ${each.runId}\n${questionText(each)}`).join('\n\n')}\n`);
  return exitCodes.completed;
}

export async function answerCommand(
  client: Client,
  {
    runId,
    text,
    questionId,
  }: { readonly runId: string; readonly text: string; readonly questionId?: string | undefined },
  flags: JsonFlag,
  terminal: Terminal,
): Promise<number> {
  const open = (await client.runs.questions(runId)).filter(({ status }) => status === 'open');
  const question = chooseQuestion(open, runId, questionId);
  const answer = chooseOption(question, text);
  const { resumed, run } = await client.runs.answer(runId, [{ questionId: question.id, answer }]);
  if (flags.json) terminal.out(jsonLine({ runId, questionId: question.id, answer, resumed, status: run.status }));
  else
    terminal.err(
      `Answered: ${printable(answer)}\n${resumed ? 'The run goes on' : `The run is ${run.status}`}: lockstep watch ${runId}\n`,
    );
  return exitCodes.completed;
}

type Asked = Pick<Question, 'id' | 'options'>;

/** The named question, or the only one that is open; of several the only one that stops the run. */
export function chooseQuestion(open: readonly Question[], runId: string, id?: string): Asked {
  // One that is not open any more is refused by the API, which knows who was quicker.
  if (id !== undefined) return open.find((question) => question.id === id) ?? { id, options: [] };
  const blockers = open.filter(({ category }) => category === 'blocker');
  const [question, another] = open.length === 1 ? open : blockers;
  if (question && !another) return question;
  if (open.length === 0)
    throw new Fault('wrong_transition', `Run ${runId} has no open question. See how it is: lockstep watch ${runId}`);
  throw new Fault(
    'bad_request',
    `Run ${runId} has ${open.length} open questions. Name one with --question: ${open.map((each) => each.id).join(', ')}`,
  );
}

/**
 * An option may be chosen by its number (from 1), its text or, where the agent lettered them ("Option B: …"), by its letter or the text
 * behind it; anything else is an answer in the person's own words.
 */
export function chooseOption({ options }: Pick<Question, 'options'>, text: string): string {
  const said = text.trim().toLowerCase();
  const numbered = /^\d+$/.test(said) ? options[Number(said) - 1] : undefined;
  return numbered ?? options.find((option) => namesOf(option).includes(said)) ?? text;
}

function namesOf(option: string): string[] {
  const whole = option.trim().toLowerCase();
  const [, letter, rest] = /^option (\w):\s*(.+)$/s.exec(whole) ?? [];
  return letter === undefined || rest === undefined ? [whole] : [whole, letter, `option ${letter}`, rest];
}

export const moves = ['cancel', 'pause', 'resume'] as const;
export type MoveName = (typeof moves)[number];

export async function moveCommand(
  client: Client,
  { move, runId }: { readonly move: MoveName; readonly runId: string },
  flags: JsonFlag,
  terminal: Terminal,
): Promise<number> {
  return tell(await client.runs[move](runId), `${move} asked for`, flags, terminal);
}

export const decisions = ['approve', 'skip'] as const;
export type DecisionName = (typeof decisions)[number];

/** Lets a step through that waits for a person's eyes, or leaves one out. Without a step: the ones that wait. */
export async function decisionCommand(
  client: Client,
  {
    decision,
    runId,
    step,
  }: { readonly decision: DecisionName; readonly runId: string; readonly step?: string | undefined },
  flags: JsonFlag,
  terminal: Terminal,
): Promise<number> {
  const waits = (status: string): boolean => status === 'needs_review' || (decision === 'skip' && status === 'blocked');
  const keys = step === undefined ? await leavesOf(client, runId, waits) : [step];
  if (keys.length === 0)
    throw new Fault(
      'wrong_transition',
      `No step of run ${runId} waits for you: nothing to ${decision}. See how it is: lockstep watch ${runId}`,
    );
  const decide = decision === 'approve' ? client.runs.approveStep : client.runs.skipStep;
  let last = await client.runs.get(runId);
  for (const key of keys) last = await decide(runId, key);
  return tell(last, `step ${keys.join(', ')} is ${decision === 'approve' ? 'approved' : 'skipped'}`, flags, terminal);
}

const leavesOf = async (client: Client, runId: string, fits: (status: string) => boolean): Promise<string[]> =>
  (await client.runs.steps(runId)).filter(({ isLeaf, status }) => isLeaf && fits(status)).map(({ key }) => key);

/** A run that failed goes on where it was; a step that is blocked or under review gets another try. */
export async function retryCommand(
  client: Client,
  runId: string,
  flags: JsonFlag,
  terminal: Terminal,
): Promise<number> {
  const run = await client.runs.get(runId);
  if (run.status === 'failed') return tell(await client.runs.resume(runId), 'the run is tried again', flags, terminal);
  const stuck = await leavesOf(client, runId, (status) => status === 'blocked' || status === 'needs_review');
  if (stuck.length === 0)
    throw new Fault(
      'wrong_transition',
      `Run ${runId} is ${run.status} and none of its steps is blocked: nothing to retry. See how it is: lockstep watch ${runId}`,
    );
  let last = run;
  for (const key of stuck) last = await client.runs.retryStep(runId, key);
  return tell(last, `step ${stuck.join(', ')} is tried again`, flags, terminal);
}

function tell(run: Run, what: string, { json }: JsonFlag, terminal: Terminal): number {
  if (json) terminal.out(jsonLine(run));
  else terminal.err(`Run ${run.id} is ${run.status}: ${printable(what)}. To see it: lockstep watch ${run.id}\n`);
  return exitCodes.completed;
}

export const documents = ['results', 'diff'] as const;
export type DocumentName = (typeof documents)[number];

/**
 * Prints what the run has come to so far, as it is stored, except that nothing in it steers a terminal; of the results with `--json`
 * each success criterion and checklist item.
 */
export async function documentCommand(
  client: Client,
  { document, runId }: { readonly document: DocumentName; readonly runId: string },
  { json }: JsonFlag,
  terminal: Terminal,
): Promise<number> {
  if (json) {
    (await client.runs.criteria(runId)).forEach((item) => terminal.out(jsonLine(item)));
    return exitCodes.completed;
  }
  const text = await client.runs[document](runId);
  const shown = terminal.outIsTty ? printableLines(text) : text;
  terminal.out(shown.endsWith('\n') ? shown : `${shown}\n`);
  return exitCodes.completed;
}
