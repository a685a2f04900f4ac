import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { BudgetKind } from '@lockstep/contracts';
import { amount, readAmount } from '@lockstep/domain';
import { connect } from './server/connect';
import {
  answerCommand,
  decisionCommand,
  decisions,
  documentCommand,
  documents,
  moveCommand,
  moves,
  questionsCommand,
  retryCommand,
  type JsonFlag,
} from './commands/runs';
import { amendCommand, type AmendFlags } from './commands/amend';
import { doctorCommand } from './commands/doctor';
import { lintPlan, scaffoldPlan, showPlan, type PlanFlags } from './commands/plan';
import { runDev, type DevFlags } from './dev/command';
import { exitCodeOfError, exitCodes } from './exit-code';
import { errorText } from './report-error';
import { runCommand, type RunFlags } from './run/command';
import type { Terminal } from './terminal';
import { watchCommand, type WatchFlags } from './commands/watch';
import { whyCommand } from './commands/why';

const epilogue = `
Exit status: 0 done (with --exit-status: the run is completed) · 1 failed or cancelled, or the command could not do its work ·
2 wrong usage, or input that was refused · 3 the run waits for a person · 4 not found or not allowed.

LOCKSTEP_URL, LOCKSTEP_FEED_URL and LOCKSTEP_TOKEN say which server to talk to; what they leave open comes from the
\`lockstep dev\` of this machine that was started last.`;

/** Takes the status that an action came to; `dev` leaves none, since it ends with its process. */
type Keep = (code: number) => void;

/**
 * Carries out one command line (without `node` and the script) and resolves with the exit status. Never rejects.
 */
export async function commandLine(args: readonly string[], terminal: Terminal): Promise<number> {
  let code: number = exitCodes.completed;
  try {
    await program(terminal, (status) => (code = status)).parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.completed : exitCodes.usage;
    terminal.err(errorText(error));
    return exitCodeOfError(error);
  }
}

function program(terminal: Terminal, keep: Keep): Command {
  const root = new Command('lockstep')
    .description('Carries out approved software plans with Claude Code, one verified step at a time')
    .exitOverride()
    .configureOutput({ writeOut: (text) => terminal.out(text), writeErr: (text) => terminal.err(text) })
    .showHelpAfterError('(--help shows what there is)')
    .addHelpText('after', epilogue);
  addDev(root, terminal);
  addRun(root, terminal, keep);
  addQuestions(root, terminal, keep);
  addMoves(root, terminal, keep);
  addDecisions(root, terminal, keep);
  addDocuments(root, terminal, keep);
  addPlan(root, terminal, keep);
  root
    .command('doctor')
    .description('look at what a run on this machine needs')
    .addOption(json())
    .action(async (flags: JsonFlag) => keep(await doctorCommand(flags, terminal)));
  return root;
}

const json = (): Option => new Option('--json', 'one JSON object a line on stdout, and nothing else there');
const exitStatus = (): Option => new Option('--exit-status', 'tell what became of the run by the exit status');
/** A command about one run that may answer in JSON. */
const aboutRun = (root: Command, name: string, says: string): Command =>
  root.command(name).description(says).argument('<run>').addOption(json());
const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

const whole =
  (low: number, high: number) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= low && value <= high) return value;
    throw new InvalidArgumentError(`It is a whole number from ${low} to ${high}.`);
  };

const amountOf =
  (kind: BudgetKind) =>
  (text: string): number => {
    const value = readAmount(kind, text);
    if (value !== null) return value;
    throw new InvalidArgumentError(`It is a limit such as ${amount(kind, kind === 'costUsd' ? 25 : 5400)}.`);
  };

function addDev(root: Command, terminal: Terminal): void {
  root
    .command('dev')
    .description('run everything on this machine: database, api, gateway, executors')
    .addOption(new Option('--executors <number>', 'how many executors').argParser(whole(1, 64)).default(1))
    .addOption(
      new Option('--port <number>', 'the API’s port (default: 4600 when it is free)').argParser(whole(0, 65_535)),
    )
    .option('--data-dir <folder>', 'where data is kept (default: .lockstep in the home folder)')
    .addOption(new Option('--ephemeral', 'keep nothing: a folder of its own that goes at the end').conflicts('dataDir'))
    .addOption(new Option('--exit-with-parent', 'stop when stdin closes').hideHelp())
    .addOption(json())
    .action((flags: DevFlags) => runDev(flags, terminal));
}

function addRun(root: Command, terminal: Terminal, keep: Keep): void {
  root
    .command('run')
    .description('submit a plan, approve it, start it and watch it to its end or until it waits for you')
    .argument('<file>', 'the plan')
    .requiredOption('--repo <path-or-url>', 'the git repository')
    .option('--base <ref>', 'the branch, tag or commit to start from (default: the repository’s current branch)')
    .option('--setup <command>', 'installs what the repository needs (may be repeated)', collect)
    .option('--verify <command>', 'verifies steps that name no command (may be repeated)', collect)
    .addOption(new Option('--profile <profile>', 'how strict the plan is read').choices(['feature', 'poc', 'staged']))
    .option('--model <model>', 'the model for Claude Code')
    .addOption(new Option('--advance <mode>', 'go from step to step by itself, or ask').choices(['auto', 'manual']))
    .option('--after <run>', 'start when that run is delivered, from its branch (last: the project’s newest run)')
    .option('--max-cost <dollars>', 'ask before another attempt once the run has cost so much', amountOf('costUsd'))
    .option('--max-tokens <number>', 'the same for tokens, such as 2M', amountOf('tokens'))
    .option('--max-time <duration>', 'the same for the time it was driven, such as 90m', amountOf('seconds'))
    .option('--max-attempts <number>', 'the same for attempts at steps', amountOf('attempts'))
    .option('--detach', 'don’t watch')
    .addOption(json())
    .addOption(exitStatus())
    .action(async (file: string, flags: RunFlags) => keep(await runCommand(connect(), file, flags, terminal)));
  aboutRun(root, 'watch', 'watch a run to its end or until it waits for you')
    .addOption(exitStatus())
    .action(async (run: string, flags: WatchFlags) => keep(await watchCommand(connect(), run, flags, terminal)));
  aboutRun(root, 'why', 'say why a run waits: which slot, limit, budget, question, step or run').action(
    async (run: string, flags: JsonFlag) => keep(await whyCommand(connect(), run, flags, terminal)),
  );
}

function addQuestions(root: Command, terminal: Terminal, keep: Keep): void {
  root
    .command('questions')
    .description('show open questions')
    .option('--run <run>', 'of this run only')
    .addOption(json())
    .action(async (flags: JsonFlag & { run?: string }) => keep(await questionsCommand(connect(), flags, terminal)));
  aboutRun(root, 'answer', 'answer a question; an option is chosen by its number or its text')
    .argument('<text>')
    .option('--question <id>', 'which one, when several are open')
    .action(async (run: string, text: string, flags: JsonFlag & { question?: string }) =>
      keep(await answerCommand(connect(), { runId: run, text, questionId: flags.question }, flags, terminal)),
    );
}

const movesSay = {
  cancel: 'end a run; its branch keeps the completed steps',
  pause: 'stop a run at the next safe point',
  resume: 'let a paused or failed run go on',
} as const;

const decisionsSay = {
  approve: 'let a step through that waits for your review (default: every one that does)',
  skip: 'leave a step out (default: the ones that are blocked or under review)',
} as const;

function addDecisions(root: Command, terminal: Terminal, keep: Keep): void {
  for (const decision of decisions)
    aboutRun(root, decision, decisionsSay[decision])
      .argument('[step]')
      .action(async (runId: string, step: string | undefined, flags: JsonFlag) =>
        keep(await decisionCommand(connect(), { decision, runId, step }, flags, terminal)),
      );
}

function addMoves(root: Command, terminal: Terminal, keep: Keep): void {
  for (const move of moves)
    aboutRun(root, move, movesSay[move]).action(async (runId: string, flags: JsonFlag) =>
      keep(await moveCommand(connect(), { move, runId }, flags, terminal)),
    );
  aboutRun(root, 'retry', 'try again what is blocked or failed').action(async (run: string, flags: JsonFlag) =>
    keep(await retryCommand(connect(), run, flags, terminal)),
  );
  aboutRun(
    root,
    'amend',
    'put an amended plan in the place of a run’s plan, and let the run go on; the run must be at rest',
  )
    .argument('<file>', 'the whole amended document')
    .option('--dry-run', 'show what it would do to each step, and change nothing')
    .action(async (run: string, file: string, flags: AmendFlags) =>
      keep(await amendCommand(connect(), { runId: run, file }, flags, terminal)),
    );
}

const documentsSay = {
  results: 'print the results document of a run',
  diff: 'print what a run has changed so far, with the work of a step that waits for your review',
} as const;

function addDocuments(root: Command, terminal: Terminal, keep: Keep): void {
  for (const document of documents) {
    const command = root.command(document).description(documentsSay[document]).argument('<run>');
    if (document === 'results')
      command.option('--json', 'each success criterion and checklist item with its state, one JSON object a line');
    command.action(async (runId: string, flags: JsonFlag) =>
      keep(await documentCommand(connect(), { document, runId }, flags, terminal)),
    );
  }
}

function addPlan(root: Command, terminal: Terminal, keep: Keep): void {
  const plan = root.command('plan').description('read, check and begin plans');
  const profile = (): Option =>
    new Option('--profile <profile>', 'how the plan is read').choices(['feature', 'poc', 'staged']);
  const commands = { show: showPlan, lint: lintPlan, scaffold: scaffoldPlan };
  const says = {
    show: 'how a plan is understood',
    lint: 'what is wrong with a plan, by line and column',
    scaffold: 'write a new plan to fill in (- prints it)',
  };
  for (const name of ['show', 'lint', 'scaffold'] as const)
    plan
      .command(name)
      .description(says[name])
      .argument('<file>')
      .addOption(profile())
      .option('--verify <command>', 'the project has a command for steps that name none', collect)
      .addOption(json())
      .action(async (file: string, flags: PlanFlags) => keep(await commands[name](file, flags, terminal)));
}
