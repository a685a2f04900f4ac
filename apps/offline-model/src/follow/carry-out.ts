import { type TurnHeader } from '../messages/turn-header';
import { readStep, type Ask, type StepBlock } from './blocks';
import { chooseBlocks } from './choose';
import { type StepSource } from './prompt';
import {
  absolute,
  appendToFile,
  readFile,
  runCommands,
  writeFile,
  type Doing,
  type Step,
  type StepResult,
} from './tools';

/** All that a turn in follow mode goes by. */
export interface FollowTask {
  readonly header: TurnHeader;
  readonly source: StepSource | undefined;
  readonly answer: string | undefined;
  readonly cwd: string | undefined;
}

/** One turn: its tool calls, and at the end the text with the markers. */
export function* carryOut(task: FollowTask): Doing<string> {
  const { header, answer } = task;
  if (header.kind === 'lessons') return lessons(header);
  const section = yield* sectionOf(task.source);
  if (section === undefined)
    return done(header, 'The scripted model found no text of this step in the prompt.', [], []);
  const { blocks, ask } = readStep(section);
  if (ask && answer === undefined && header.fix === 0) return question(ask);
  const chosen = chooseBlocks(blocks, header);
  if (chosen.length === 0) return done(header, nothingToWrite, [], []);
  const failures = yield* doAll(chosen, task);
  const files = [...new Set(chosen.map(({ path }) => path).filter(Boolean))];
  return done(header, `Carried out ${chosen.length} block(s) of the plan.`, files, failures);
}

const nothingToWrite =
  'The model here is scripted and cannot think: it carries out code that the plan contains, and this step contains none for this turn. Nothing was changed; the gate decides.';

function* sectionOf(source: StepSource | undefined): Doing<string | undefined> {
  if (!source) return undefined;
  return 'section' in source ? source.section : yield* readFile(source.file, 'I read the step first.');
}

/** What went wrong, one line for each block that failed. */
function* doAll(blocks: readonly StepBlock[], task: FollowTask): Doing<string[]> {
  const failures: string[] = [];
  let say: string | undefined = status(task.header, 'implementing', 10, `Carrying out ${blocks.length} block(s)`);
  for (const block of blocks) {
    const result: StepResult = yield* saying(say, doOne(block, task));
    say = undefined;
    if (result.isError) failures.push(`${block.path || 'the commands'}: ${firstLine(result.text)}`);
  }
  return failures;
}

function doOne({ do: what, action, path, text }: StepBlock, { answer, cwd }: FollowTask): Doing<StepResult> {
  const content = answer === undefined ? text : text.replaceAll('{{answer}}', () => answer);
  if (what === 'run') return runCommands(content, cwd);
  const file = absolute(path, cwd);
  return action === 'append' ? appendToFile(file, content) : writeFile(file, content);
}

/** Puts words before the first call. */
function* saying<T>(say: string | undefined, doing: Doing<T>): Doing<T> {
  let next = doing.next();
  for (let words = say; !next.done; words = undefined) {
    const step: Step = next.value;
    const result: StepResult = yield words === undefined ? step : { say: words, ...step };
    next = doing.next(result);
  }
  return next.value;
}

const firstLine = (text: string): string => text.trim().split('\n')[0]?.slice(0, 200) ?? '';

const status = ({ step, fix }: TurnHeader, state: string, progress: number, message: string): string =>
  [
    '[IMPLEMENTATION_STATUS]',
    `step_id: ${step ?? ''}`,
    `status: ${state}`,
    'tests_status: not_run',
    `retry_count: ${fix}`,
    `progress: ${progress}`,
    `message: ${message}`,
    '[/IMPLEMENTATION_STATUS]\n',
  ].join('\n');

const question = ({ priority, text, options }: Ask): string =>
  [
    `[DECISION_NEEDED priority="${priority}" category="blocker" immediate="true"]`,
    text,
    ...options.map((option, index) => `- Option ${String.fromCharCode(65 + index)}: ${option}`),
    '[/DECISION_NEEDED]',
  ].join('\n');

const done = (header: TurnHeader, summary: string, files: readonly string[], failures: readonly string[]): string =>
  [
    status(header, 'testing', 90, 'Ready for the gate'),
    `[STEP_COMPLETE id="${header.step ?? ''}"]`,
    `Summary: ${summary}`,
    `Files modified: ${files.join(', ') || 'none'}`,
    'Lessons learned:',
    '- The blocks of the plan were enough for this step. Evidence: they were written as they stand',
    `Issues: ${failures.join('; ') || 'none'}`,
    '[/STEP_COMPLETE]',
  ].join('\n');

const lessons = ({ step }: TurnHeader): string =>
  [
    `[STEP_COMPLETE id="${step ?? ''}"]`,
    'Summary: The blocks of the plan were carried out.',
    'Lessons learned:',
    '- The blocks of the plan were enough for this step. Evidence: the gate passed with them as they stand',
    '[/STEP_COMPLETE]',
  ].join('\n');
