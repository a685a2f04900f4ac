import { letsThrough, type Verdict } from '@lockstep/contracts';
import type { ArtifactCheck, ArtifactCode } from '../checks/artifacts';
import type { TestComparison, TestFinding } from '../checks/compare-tests';
import { newFailuresOnly, type FailureFacts } from '../checks/new-failures';
import type { VerificationResult } from '../run/verification';

export interface GateResult {
  readonly result: VerificationResult;
  /** `own`: the step's; `affected`: what worked before must still work. */
  readonly role: 'own' | 'affected';
  /** Of an affected command that was red before the run began: only new failures count. */
  readonly baseline?: FailureFacts;
}

export interface GateInput {
  readonly results: readonly GateResult[];
  /** The step declares tests: one at least of its own commands must have run one. */
  readonly owesTests: boolean;
  readonly artifacts: ArtifactCheck;
  readonly tests: TestComparison;
  /** Paths of the written tree that differ after the checks ran. */
  readonly treeChanged: readonly string[];
  /** What the profile makes of files changed outside what the step declares. */
  readonly deviations: 'warn' | 'review';
  /** What passed in the workspace failed in a fresh checkout; these are what only the workspace has. */
  readonly beside?: readonly string[];
}

export type ReasonCode =
  'verification' | 'no_verification' | 'no_tests' | 'tree_changed' | 'beside_only' | ArtifactCode;

export interface GateReason {
  readonly code: ReasonCode;
  readonly verdict: Verdict;
  readonly message: string;
  readonly evidence: string;
}

export interface GateWarning {
  readonly code: 'flaky' | 'optional' | 'known_failures' | 'expectation' | 'deviation' | 'strays';
  readonly message: string;
}

export interface ReviewFinding {
  readonly code: TestFinding['code'] | 'deviation';
  readonly message: string;
  readonly evidence: readonly string[];
}

export interface GateDecision {
  /** Nothing speaks against the step; with `needsReview`, a person still has to look. */
  readonly passed: boolean;
  readonly verdict: Verdict;
  readonly reasons: readonly GateReason[];
  readonly needsReview?: readonly ReviewFinding[];
  readonly warnings: readonly GateWarning[];
}

/** Of several reasons the first of these is told: what the agent can mend comes before what it can't. */
const gravity: readonly Verdict[] = ['failed', 'timed_out', 'no_tests', 'all_skipped', 'infra_error'];

const reason = (code: ReasonCode, verdict: Verdict, message: string, evidence: string): GateReason => ({
  code,
  verdict,
  message,
  evidence,
});

const onlyKnown = ({ result, role, baseline }: GateResult): readonly string[] | null => {
  if (role !== 'affected' || !baseline || result.verdict !== 'failed') return null;
  const { fresh, known, decidable } = newFailuresOnly(baseline, result);
  return decidable && fresh.length === 0 ? known : null;
};

const blocks = (each: GateResult): boolean =>
  !letsThrough(each.result) && !each.result.optional && onlyKnown(each) === null;

const firstLine = (command: string): string => command.trim().split('\n')[0]!.slice(0, 200);

const verificationReasons = (results: readonly GateResult[]): GateReason[] =>
  results
    .filter(blocks)
    .map(({ result }) =>
      reason('verification', result.verdict, `${result.verdict}: ${result.detail}`, firstLine(result.command)),
    );

/** Silence is not success: a step without a check, or one that owes tests of which none ran, isn't done. */
const absenceReasons = ({ results, owesTests }: GateInput): GateReason[] => {
  const own = results.filter((each) => each.role === 'own' && !each.result.optional);
  if (own.length === 0) return [reason('no_verification', 'failed', 'no verification was run for this step', '')];
  if (!owesTests || own.some(blocks)) return [];
  const ran = own.reduce((sum, { result }) => sum + (result.tests ? result.tests.total - result.tests.skipped : 0), 0);
  const redByPlan = own.some(({ result }) => result.verdict === 'expected_failure_met');
  if (ran > 0 || redByPlan) return [];
  return [
    reason(
      'no_tests',
      'no_tests',
      'the step declares tests, and its verification reported none',
      own.map(({ result }) => firstLine(result.command)).join('; '),
    ),
  ];
};

const treeReasons = (paths: readonly string[]): GateReason[] =>
  paths.length === 0
    ? []
    : [reason('tree_changed', 'failed', 'files changed while the checks ran', paths.slice(0, 20).join(', '))];

const besideReasons = (beside: readonly string[] = []): GateReason[] =>
  beside.length === 0
    ? []
    : [
        reason(
          'beside_only',
          'failed',
          'the verification passes only with files that the commit does not contain, and fails in a fresh checkout of it; commit what the step needs, and nothing may hang on the rest',
          beside.join(', '),
        ),
      ];

const resultWarnings = (each: GateResult): GateWarning[] => {
  const { result } = each;
  const name = firstLine(result.command);
  const known = onlyKnown(each);
  return [
    ...(result.verdict === 'flaky' ? [{ code: 'flaky' as const, message: `${name}: ${result.detail}` }] : []),
    ...(result.optional && !letsThrough(result)
      ? [{ code: 'optional' as const, message: `${name} is optional and ended ${result.verdict}: ${result.detail}` }]
      : []),
    ...(known
      ? [{ code: 'known_failures' as const, message: `${name}: ${known.length} tests fail as they did before the run` }]
      : []),
    ...result.expected
      .filter((check) => check.met === false)
      .map((check) => ({ code: 'expectation' as const, message: `${name}: expected "${check.text}"; ${check.note}` })),
    ...(result.strays > 0
      ? [{ code: 'strays' as const, message: `${name} left ${result.strays} processes behind, which were ended` }]
      : []),
  ];
};

const verdictOf = (reasons: readonly GateReason[], results: readonly GateResult[]): Verdict => {
  if (reasons.length > 0)
    return gravity.find((verdict) => reasons.some((each) => each.verdict === verdict)) ?? 'failed';
  const own = results.filter((each) => each.role === 'own').map((each) => each.result.verdict);
  if (results.some((each) => each.result.verdict === 'flaky')) return 'flaky';
  return own.length > 0 && own.every((verdict) => verdict === 'expected_failure_met')
    ? 'expected_failure_met'
    : 'passed';
};

const reviewOf = ({ tests, artifacts, deviations }: GateInput): ReviewFinding[] => [
  ...tests.findings,
  ...(deviations === 'review' && artifacts.deviations.length > 0
    ? [
        {
          code: 'deviation' as const,
          message: 'files were changed that the step does not declare',
          evidence: artifacts.deviations,
        },
      ]
    : []),
];

/** Whether the step is complete: one value from everything that was observed. Pure. */
export const decideGate = (input: GateInput): GateDecision => {
  const reasons = [
    ...verificationReasons(input.results),
    ...absenceReasons(input),
    ...input.artifacts.reasons.map((each) => reason(each.code, 'failed', each.message, each.evidence)),
    ...treeReasons(input.treeChanged),
    ...besideReasons(input.beside),
  ];
  const review = reviewOf(input);
  const undeclared = input.deviations === 'warn' ? input.artifacts.deviations : [];
  return {
    passed: reasons.length === 0,
    verdict: verdictOf(reasons, input.results),
    reasons,
    ...(review.length > 0 && { needsReview: review }),
    warnings: [
      ...input.results.flatMap(resultWarnings),
      ...undeclared.map((path) => ({
        code: 'deviation' as const,
        message: `${path} was changed, and the step does not declare it`,
      })),
    ],
  };
};
