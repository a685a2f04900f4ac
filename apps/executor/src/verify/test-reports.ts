import type { FailureFacts, GateResult, ReportedTests, VerificationResult } from '@lockstep/gate';
import type { RunContext } from '../run/run-context';

type KeptReport = ReportedTests & FailureFacts;

/** The newest report of a command that let something through before the step: what the step's own run is compared with. */
async function reportBefore(
  { store, run }: RunContext,
  stepKey: string,
  command: string,
): Promise<ReportedTests | null> {
  const row = await store.db.prisma.verification.findFirst({
    where: {
      ...{ runId: run.id, command, total: { not: null }, verdict: { in: ['passed', 'flaky'] } },
      OR: [{ stepKey: null }, { stepKey: { not: stepKey } }],
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
  if (!row || ['passed', 'flaky', 'expected_failure_met'].includes(row.verdict)) return null;
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
