import type { GateFacts } from '@lockstep/domain';
import type { GateDecision, GateReason, GateResult, ReviewFinding } from './decide-gate';
import { failureReport } from './failure-report';

const reasonLine = ({ message, evidence }: GateReason): string =>
  `- ${message}${evidence === '' ? '' : ` (${evidence})`}`;

const reviewLine = ({ message, evidence }: ReviewFinding): string => `${message}: ${evidence.slice(0, 20).join(', ')}`;

const mostReports = 3;

/** What stands in the next prompt and, at the end, in the question: every reason, then the reports of what failed. */
const failureText = (decision: GateDecision, results: readonly GateResult[]): string => {
  const verdicts = new Set(decision.reasons.filter((each) => each.code === 'verification').map((each) => each.verdict));
  const failed = results.filter(({ result }) => !result.optional && verdicts.has(result.verdict)).slice(0, mostReports);
  return [...decision.reasons.map(reasonLine), ...failed.map(({ result }) => `\n${failureReport(result)}`)].join('\n');
};

/** What only the workspace has comes first: it is what a person judges. */
const besideText = ({ reasons }: GateDecision): string | null => {
  const beside = reasons.filter(({ code }) => code === 'beside_only');
  return beside.length === 0 ? null : [...new Set([...beside, ...reasons])].map(reasonLine).join('\n');
};

/** The gate's decision as the facts from which the core decides what follows. */
export const gateFacts = (
  decision: GateDecision,
  results: readonly GateResult[],
  lessonsMissing: boolean,
): GateFacts => ({
  passed: decision.passed,
  review: decision.needsReview?.map(reviewLine).join('\n') ?? null,
  infraError: decision.verdict === 'infra_error' ? decision.reasons.map((each) => each.message).join('; ') : null,
  lessonsMissing,
  besideOnly: besideText(decision),
  failure: failureText(decision, results),
});
