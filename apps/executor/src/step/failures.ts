import { letsThrough } from '@lockstep/contracts';
import type { PromptFailure } from '@lockstep/markers';
import type { RunContext } from '../run/run-context';
import type { GateOutcome } from '../verify/gate-step';

const tailLength = 4096;

/** What the gate found, for the next prompt. Without a gate the turn itself is what failed. */
export function failuresOf(gate: GateOutcome | null, failure: string): PromptFailure[] {
  if (gate === null) return [{ verdict: 'timed_out', failing: [], reasons: [failure] }];
  const commands = gate.results
    .filter(({ result }) => !letsThrough(result) && !result.optional)
    .map(({ result }): PromptFailure => ({
      verdict: result.verdict,
      command: result.command,
      exitCode: result.exitCode,
      failing: result.failing,
      outputTail: result.outputTail,
      reasons: [result.detail],
    }));
  const reasons = gate.decision.reasons
    .filter(({ code }) => code !== 'verification')
    .map(({ message, evidence }) => (evidence === '' ? message : `${message} (${evidence})`));
  return reasons.length === 0 ? commands : [...commands, { verdict: gate.decision.verdict, failing: [], reasons }];
}

/** Interruptions say nothing about the step: the last attempt that the gate judged does. */
const judged = ['failed', 'timed_out', 'passed', 'blocked'] as const;

/** What the step's last judged attempt failed on, from what is kept: a successor goes on with it. */
export async function lastFailures({ store, run }: RunContext, stepKey: string): Promise<PromptFailure[]> {
  const { prisma } = store.db;
  const attempt = await prisma.attempt.findFirst({
    where: { runId: run.id, stepKey, outcome: { in: [...judged] } },
    orderBy: { number: 'desc' },
  });
  if (attempt?.outcome !== 'failed' && attempt?.outcome !== 'timed_out') return [];
  const rows = await prisma.verification.findMany({
    where: { runId: run.id, stepKey, attempt: attempt.number },
    orderBy: { createdAt: 'asc' },
  });
  const commands = rows
    .filter((row) => !letsThrough(row))
    .map((row): PromptFailure => ({
      verdict: row.verdict,
      command: row.command,
      exitCode: row.exitCode,
      failing: row.failing,
      outputTail: row.output.slice(-tailLength),
      reasons: row.notes.slice(0, 1),
    }));
  return commands.length > 0
    ? commands
    : [{ verdict: attempt.outcome, failing: [], reasons: attempt.detail === null ? [] : [attempt.detail] }];
}
