import { code, inline, prose } from './escape';
import type { AttemptFacts, PersonFacts, StepFacts } from './facts';
import { blocks, bullets, labelled, lessonLine, names, questionBlock, verificationBlocks } from './parts';
import { cost, duration, stepMarks, stepName, stepWord, sumTests, tests, unknown } from './words';

const maxDepth = 6;

const person = (facts: PersonFacts): string =>
  `${inline(facts.by)}${facts.at ? ` (${inline(facts.at)})` : ''}${facts.reason ? `: ${inline(facts.reason)}` : ''}`;

export function statusLine(step: StepFacts): string {
  const time = step.completedAt ?? step.startedAt;
  const when = time ? ` (${step.completedAt ? '' : 'started '}${inline(time)})` : '';
  const round = step.round > 1 ? `, round ${step.round}` : '';
  return `**Status**: ${stepMarks[step.status]} ${stepWord(step)}${when}${round}`;
}

export function expected(step: StepFacts): string {
  const goal = step.goal?.trim() ? prose(step.goal) : null;
  const output = step.output?.trim() ? prose(step.output) : null;
  if (!goal && !output) return '**Expected**: not stated in the plan';
  return blocks(goal && `**Expected**:\n\n${goal}`, output && `**Expected output**:\n\n${output}`);
}

export function actual(step: StepFacts): string {
  if (step.verifications.length === 0) return '**Actual**: not verified by this run';
  const figures = sumTests(step.verifications.filter((item) => !item.optional).map((item) => item.tests));
  const verdicts = [...new Set(step.verifications.map((item) => item.verdict))].join(', ');
  return `**Actual**: ${verdicts}${figures ? `; ${tests(figures)}` : ''}`;
}

export function attemptLine(attempt: AttemptFacts): string {
  const kind = attempt.fix > 0 ? ` (fix ${attempt.fix})` : '';
  const round = attempt.round > 1 ? `, round ${attempt.round}` : '';
  const figures = `time ${duration(attempt.durationMs)}, cost ${cost(attempt.costUsd, attempt.costIsPartial)}`;
  const why = [
    ...attempt.reasons.map(inline),
    ...(attempt.failing.length > 0 ? [`failing ${names(attempt.failing).join(', ')}`] : []),
  ];
  return `Attempt ${attempt.number}${kind}${round}: ${attempt.outcome ?? 'going on'}, ${figures}${why.length > 0 ? ` — ${why.join('; ')}` : ''}`;
}

export function deviationLines(step: StepFacts): string[] {
  return step.deviations.map(
    ({ text, paths }) => `${inline(text)}${paths.length > 0 ? ` (${names(paths).join(', ')})` : ''}`,
  );
}

export function decisions(step: StepFacts): string {
  if (step.questions.length === 0 && step.decisions.length === 0) return '**Key Decisions**: None';
  return blocks(
    '**Key Decisions**:',
    step.decisions.length > 0 && bullets(step.decisions.map(inline)),
    ...step.questions.map(questionBlock),
  );
}

export function commitLine(step: StepFacts): string | null {
  if (step.status !== 'completed' || step.beforeRun) return null;
  if (step.commit) return `**Commit**: ${code(step.commit)}`;
  return step.children.length > 0 ? null : '**Commit**: the one that wrote this entry';
}

const earlierLine = ({ earlierCommits = [] }: StepFacts): string | null =>
  earlierCommits.length === 0
    ? null
    : `**Commits of earlier rounds**, which stay in the branch: ${earlierCommits.map(code).join(', ')}`;

/** What a step has to tell once it has been begun. */
function story(step: StepFacts): string {
  return blocks(
    actual(step),
    step.summary?.trim() && `**Result** (the agent's words):\n\n${prose(step.summary)}`,
    labelled('Files Modified', names(step.filesModified)),
    step.verifications.length > 0
      ? `**Test Results**:\n\n${verificationBlocks(step.verifications)}`
      : '**Test Results**: None',
    labelled('Issues & Fix Attempts', [...step.attempts.map(attemptLine), ...step.issues.map(inline)]),
    labelled('Deviations from Plan', deviationLines(step)),
    decisions(step),
    labelled('Lessons Learned', step.lessons.map(lessonLine)),
  );
}

const untold = (step: StepFacts): boolean =>
  step.attempts.length === 0 && step.verifications.length === 0 && !step.summary && step.questions.length === 0;

function parentStory(step: StepFacts): string | null {
  return untold(step)
    ? `**Sub-steps**: ${step.children.map((child) => inline(stepName(child.key))).join(', ')}`
    : story(step);
}

/** One step under a heading of the given depth, its sub-steps below it one deeper. */
export function stepBlock(step: StepFacts, depth: number): string {
  const level = '#'.repeat(Math.min(depth, maxDepth));
  const body = step.children.length > 0 ? parentStory(step) : untold(step) ? null : story(step);
  return blocks(
    `${level} ${inline(`${stepName(step.key)}: ${step.title || unknown}`)} ${stepMarks[step.status]}`,
    statusLine(step),
    step.beforeRun &&
      'The plan document said that this step was done: it was not carried out, and its verification belongs to the baseline.',
    step.skipped && `**Skipped by**: ${person(step.skipped)}`,
    step.approved && `**Approved by**: ${person(step.approved)}`,
    expected(step),
    body,
    commitLine(step),
    earlierLine(step),
    ...step.children.map((child) => stepBlock(child, depth + 1)),
  );
}
