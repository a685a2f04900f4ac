import type { NewEvent } from '@lockstep/contracts';
import { appendRunEvents, keepVerifications, type NewVerification } from '@lockstep/database';
import { surelyTests, type GateResult, type PlannedCommand, type VerificationResult } from '@lockstep/gate';
import type { Workspace } from '@lockstep/workspace';
import type { RunContext } from '../run/run-context';
import { placeOf } from '../stage/prepare';
import { withCalled } from './changes';
import { evidence, runCommand, verificationLimitMs, type Place } from './command-runner';
import type { GateRun } from './gate-step';
import { redBaseline } from './test-reports';

export interface Round {
  readonly role: GateResult['role'];
  readonly commands: readonly PlannedCommand[];
  readonly treeSha: string;
  /** Where they run; the agent's workspace when left out. */
  readonly place?: Place;
}

/** Runs the commands one after the other and keeps each result as evidence, with its events. */
export async function runCommands(
  context: RunContext,
  { row, attempt, workspace }: GateRun,
  { role, commands, treeSha, place = placeOf(workspace) }: Round,
): Promise<GateResult[]> {
  const results: GateResult[] = [];
  for (const [position, planned] of commands.entries()) {
    context.control.breakpoint();
    await context.store.record({
      type: 'verification.started',
      data: { stepId: row.key, attempt, command: planned.script },
    });
    const result = await runCommand(context, place, {
      planned,
      owesTests: planned.expect.kind === 'pass' && (await runsTests(workspace, treeSha, planned.script)),
      again: true,
      limitMs: verificationLimitMs(context),
    });
    const baseline = role === 'affected' ? await redBaseline(context, planned.script) : null;
    results.push({ result, role, ...(baseline ? { baseline } : {}) });
    const purpose = role === 'own' ? 'step' : 'affected';
    await keepResult(context, evidence(result, { purpose, stepKey: row.key, attempt, position, treeSha }), result);
  }
  return results;
}

/** Whether the command calls a script that, as it is in this tree, runs tests whatever happens: silence is no success then. */
export async function runsTests(workspace: Workspace, treeish: string, script: string): Promise<boolean> {
  const [, ...called] = await withCalled(workspace, treeish, [script]);
  return called.some(surelyTests);
}

const keepResult = (context: RunContext, kept: NewVerification, result: VerificationResult): Promise<void> =>
  context.store.write(async (tx) => {
    await keepVerifications(tx, context.run.id, [kept]);
    await appendRunEvents(tx, context.run.id, [finished(kept, result)]);
  });

const finished = (kept: NewVerification, { outputTail }: VerificationResult): NewEvent => ({
  type: 'verification.finished',
  data: {
    stepId: kept.stepKey ?? '',
    attempt: kept.attempt ?? 0,
    command: kept.command,
    exitCode: kept.exitCode,
    verdict: kept.verdict,
    ...(kept.tests ? { tests: kept.tests } : {}),
    durationMs: Math.round(kept.durationMs),
    outputTail: outputTail.slice(-2000),
  },
});
