import { letsThrough } from '@lockstep/contracts';
import type { EarlierReport, FailureFacts, GateResult, ReportedTests, VerificationResult } from '@lockstep/gate';
import type { RunContext } from '../run/run-context';
import type { GateRun } from './gate-step';

type KeptReport = ReportedTests & FailureFacts;

/** The newest report of a command before the step, the baseline's even where it was red: what the step's own run is compared with. */
async function reportBefore(
  { store, run }: RunContext,
  stepKey: string,
  command: string,
): Promise<ReportedTests | null> {
  const row = await store.db.prisma.verification.findFirst({
    where: {
      ...{ runId: run.id, command, total: { not: null } },
      OR: [
        { purpose: 'baseline' },
        { verdict: { in: ['passed', 'flaky'] }, OR: [{ stepKey: null }, { stepKey: { not: stepKey } }] },
      ],
    },
    orderBy: { createdAt: 'desc' },
  });
  return row && reportOf(row);
}

/** What a command came to before the first step; null when it let through or never ran. */
export async function redBaseline({ store, run }: RunContext, command: string): Promise<FailureFacts | null> {
  const row = await store.db.prisma.verification.findFirst({
    where: { runId: run.id, command, purpose: 'baseline' },
    orderBy: { createdAt: 'desc' },
  });
  if (!row || letsThrough(row)) return null;
  return row.total === null ? { failing: row.failing } : reportOf(row);
}

interface Row {
  readonly passed: number | null;
  readonly failed: number | null;
  readonly skipped: number | null;
  readonly total: number | null;
  readonly failing: readonly string[];
  readonly tests: unknown;
}

function reportOf(row: Row): KeptReport {
  const { names, complete } = row.tests as { names: ReportedTests['names']; complete: boolean };
  const tests = { passed: row.passed ?? 0, failed: row.failed ?? 0, skipped: row.skipped ?? 0, total: row.total ?? 0 };
  return { failing: row.failing, tests, names, namesComplete: complete };
}

/** The same commands' reports before this step and now, put together. */
export async function testsBeforeAndAfter(
  context: RunContext,
  stepKey: string,
  results: readonly GateResult[],
): Promise<{ before: ReportedTests | null; after: ReportedTests | null }> {
  const pairs: { before: ReportedTests; after: VerificationResult }[] = [];
  for (const { result } of results) {
    const before = await reportBefore(context, stepKey, result.command);
    if (before) pairs.push({ before, after: result });
  }
  if (pairs.length === 0) return { before: null, after: null };
  return { before: merged(pairs.map(({ before }) => before)), after: merged(pairs.map(({ after }) => after)) };
}

/** What the attempts before this one, at this step, reported of the same commands. */
export async function earlierReport(
  { store, run }: RunContext,
  { row, attempt }: Pick<GateRun, 'row' | 'attempt'>,
  results: readonly GateResult[],
): Promise<EarlierReport> {
  const own = await store.db.prisma.attempt.findMany({
    where: { runId: run.id, stepKey: row.key, round: row.round },
    select: { number: true },
  });
  const numbers = own.map(({ number }) => number).filter((number) => number < attempt);
  const rows = await store.db.prisma.verification.findMany({
    where: {
      ...{ runId: run.id, stepKey: row.key, attempt: { in: numbers }, total: { not: null } },
      command: { in: results.map(({ result }) => result.command) },
    },
    select: { command: true, total: true, failing: true },
  });
  const most = new Map<string, number>();
  for (const { command, total } of rows) most.set(command, Math.max(most.get(command) ?? 0, total ?? 0));
  return {
    total: [...most.values()].reduce((sum, each) => sum + each, 0),
    failing: rows.flatMap(({ failing }) => failing),
    now: merged(results.map(({ result }) => result)),
  };
}

const merged = (reports: readonly ReportedTests[]): ReportedTests => {
  const counted = reports.flatMap(({ tests }) => (tests ? [tests] : []));
  const sum = (of: 'passed' | 'failed' | 'skipped' | 'total'): number =>
    counted.reduce((total, tests) => total + tests[of], 0);
  return {
    ...(counted.length > 0
      ? { tests: { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped'), total: sum('total') } }
      : {}),
    names: reports.flatMap(({ names }) => names),
    namesComplete: reports.every(({ namesComplete }) => namesComplete),
  };
};
