import { letsThrough } from '@lockstep/contracts';
import { fromPlan, newFailuresOnly, type PlannedCommand, type VerificationResult } from '@lockstep/gate';
import { keepVerifications, type StepRow } from '@lockstep/database';
import { linkCriterion, stepCommands, type CriterionLink } from '@lockstep/plan';
import type { Workspace } from '@lockstep/workspace';
import { plannedStep, type RunContext } from '../run/run-context';
import { evidence, plainCommand, runCommand, verificationLimitMs, type Place } from '../verify/command-runner';
import { comparable } from '../verify/affected';
import { makeReady } from '../verify/make-ready';
import { redBaseline } from '../verify/test-reports';
import { baselineOf } from './prepare';

/** The commit that is checked, and its tree, by which the evidence is found again. */
export interface Checked {
  readonly head: string;
  readonly treeSha: string;
}

/** What did not pass, and the items of the criteria and the checklist that it was to show. */
export interface FinalFailure {
  readonly result: VerificationResult;
  readonly items: readonly string[];
}

interface FinalCommand {
  readonly planned: PlannedCommand;
  readonly items: readonly string[];
  /** It is run whether an item names it or not. */
  readonly isOrdinary: boolean;
}

/** A fresh checkout of the branch, set up anew: what only worked in the agent's workspace fails here. Null: everything passes. */
export async function validateInCleanRoom(
  context: RunContext,
  workspace: Workspace,
  rows: readonly StepRow[],
  { head, treeSha }: Checked,
): Promise<FinalFailure | null> {
  const room = await workspace.cleanRoom(head);
  const place = { cwd: room.tree, home: room.home, reports: workspace.layout.reports };
  try {
    for (const script of context.settings.setup) {
      const limitMs = context.config.setupLimitMs;
      const result = await runCommand(context, place, { planned: plainCommand(script), limitMs });
      await keepFinal(context, result, { position: 0, treeSha });
      if (!letsThrough(result)) return { result, items: [] };
    }
    await makeReady(context, place, workspace);
    return await runFinal(context, place, rows, treeSha);
  } finally {
    await room.dispose();
  }
}

/** Whether the evidence of this very tree is there already and lets everything through: nothing needs to be run again for it. */
export async function hasPassed(context: RunContext, rows: readonly StepRow[], { treeSha }: Checked): Promise<boolean> {
  const kept = await context.store.db.prisma.verification.findMany({
    where: { runId: context.run.id, purpose: 'final', stepKey: null, treeSha },
    orderBy: [{ createdAt: 'asc' }, { position: 'asc' }],
    select: { command: true, verdict: true },
  });
  const last = new Map(kept.map(({ command, verdict }) => [command, verdict]));
  const wanted = [
    ...context.settings.setup,
    ...(await finalCommands(context, rows)).map(({ planned }) => planned.script),
  ];
  return wanted.every((command) => {
    const verdict = last.get(command);
    return verdict !== undefined && letsThrough({ verdict });
  });
}

/** All of them run, so that a person reads of everything at once; the first that fails is told. */
async function runFinal(
  context: RunContext,
  place: Place,
  rows: readonly StepRow[],
  treeSha: string,
): Promise<FinalFailure | null> {
  let failure: FinalFailure | null = null;
  for (const [position, { planned, items, isOrdinary }] of (await finalCommands(context, rows)).entries()) {
    const limitMs = verificationLimitMs(context);
    const result = await runCommand(context, place, { planned, again: true, limitMs });
    await keepFinal(context, result, { position, treeSha });
    // What an item alone asks for and this machine cannot run shows nothing, either way.
    const isIdle = !isOrdinary && result.verdict === 'infra_error';
    if (letsThrough(result) || result.optional || isIdle || (await failsAsBefore(context, result))) continue;
    failure ??= { result, items };
  }
  return failure;
}

/** What was red before the first step, and accepted so by a person, may still fail in the same tests and no others. */
async function failsAsBefore(context: RunContext, result: VerificationResult): Promise<boolean> {
  const red = await redBaseline(context, result.command);
  if (red === null || result.verdict !== 'failed') return false;
  const { fresh, decidable } = newFailuresOnly(red, result);
  return decidable && fresh.length === 0;
}

async function keepFinal(
  { store, run }: RunContext,
  result: VerificationResult,
  at: { readonly position: number; readonly treeSha: string },
): Promise<void> {
  const row = evidence(result, { purpose: 'final', stepKey: null, attempt: null, ...at });
  await store.write((tx) => keepVerifications(tx, run.id, [row]));
}

/** What the clean room runs: the affected set, what items of the criteria name, and last of all the profile's health check. */
async function finalCommands(context: RunContext, rows: readonly StepRow[]): Promise<FinalCommand[]> {
  const named = itemCommands(context, rows);
  const ordinary = await affectedSet(context, rows);
  const health = context.settings.healthCheck.map(plainCommand);
  const own = await comparable(
    context,
    named.map(({ planned }) => planned),
  );
  const isOrdinary = new Set([...ordinary, ...health].map(({ script }) => script));
  const all = [...ordinary, ...own.filter(({ script }) => !isOrdinary.has(script)), ...health];
  return [...new Map(all.map((planned) => [planned.script, planned])).values()].map((planned) => ({
    planned,
    items: named.filter((each) => each.planned.script === planned.script).map(({ item }) => item),
    isOrdinary: isOrdinary.has(planned.script),
  }));
}

/** The commands by which items of the success criteria and of the checklist are shown, each with its item. */
function itemCommands(
  { plan: { parsed } }: RunContext,
  rows: readonly StepRow[],
): { item: string; planned: PlannedCommand }[] {
  const completed = new Set(rows.filter(({ status }) => status === 'completed').map(({ key }) => key));
  const commandsOf = (link: CriterionLink): PlannedCommand[] => {
    if (link.kind === 'command') return link.commands.map(fromPlan);
    if (link.kind !== 'step' || !link.steps.every((key) => completed.has(key))) return [];
    const scripts = new Set(stepCommands(link.steps, parsed));
    const commands = parsed.steps.flatMap(({ verification }) => verification);
    return commands.filter(({ command }) => scripts.has(command)).map(fromPlan);
  };
  return [...parsed.criteria, ...parsed.checklist].flatMap((item) =>
    commandsOf(linkCriterion(item, parsed)).map((planned) => ({ item: item.text, planned })),
  );
}

/** The baseline, every test that a step's gate ran, and what the plan says "done" looks like; else the last check. */
async function affectedSet(context: RunContext, rows: readonly StepRow[]): Promise<PlannedCommand[]> {
  const tested = await context.store.db.prisma.verification.findMany({
    where: { runId: context.run.id, purpose: 'step', runner: { not: null }, verdict: 'passed' },
    select: { command: true },
  });
  const ran = new Set(tested.map(({ command }) => command));
  const steps = rows
    .flatMap(({ key }) => plannedStep(context.plan, key)?.verification ?? [])
    .filter(({ before, outcome }) => !before && outcome === 'pass');
  const commands = [
    ...(await comparable(context, baselineOf(context))),
    ...steps.filter(({ command }) => ran.has(command)).map(fromPlan),
    ...context.plan.parsed.doneLooksLike.map(fromPlan),
  ];
  const unique = [...new Map(commands.map((command) => [command.script, command])).values()];
  if (unique.length > 0) return unique;
  const last = steps.at(-1);
  return last ? [fromPlan(last)] : context.settings.verify.map(plainCommand);
}
