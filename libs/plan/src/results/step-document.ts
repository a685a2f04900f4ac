import { fenced, inline, prose } from './escape';
import type { ResultsFacts, StepFacts } from './facts';
import { blocks, bullets, lessonLine, names, table, verificationBlocks } from './parts';
import { actual, attemptLine, commitLine, decisions, deviationLines, expected, statusLine, stepBlock } from './step';
import { allSteps, cost, duration, stepName, sumTests, tests } from './words';

const nothing = 'Nothing recorded.';

interface Topic {
  /** The heading that it gets where a template has none for it. */
  readonly heading: string;
  readonly names: RegExp;
  readonly says: (step: StepFacts) => string | null;
}

const listed = (items: readonly string[]): string | null => (items.length > 0 ? bullets(items) : null);

function metrics(step: StepFacts): string {
  const figures = sumTests(step.verifications.map((item) => item.tests));
  const known = step.attempts.map((attempt) => attempt.costUsd).filter((usd) => usd !== null);
  const times = step.attempts.map((attempt) => attempt.durationMs).filter((ms) => ms !== null);
  const sum = (values: readonly number[]): number | null =>
    values.length === 0 ? null : values.reduce((total, value) => total + value, 0);
  return table(
    ['Metric', 'Value'],
    [
      ['Tests', figures ? tests(figures) : 'no test figures'],
      ['Attempts', String(step.attempts.length)],
      ['Time', duration(sum(times))],
      [
        'Cost',
        cost(
          sum(known),
          step.attempts.some((each) => each.costUsd === null || each.costIsPartial),
        ),
      ],
    ],
  );
}

/** What Lockstep can say of a step, and the headings under which templates ask for it; of two that fit the first holds. */
const topics: readonly Topic[] = [
  { heading: 'Status', names: /^status|^state\b/i, says: statusLine },
  { heading: 'Goal', names: /goal|objective|purpose|expected/i, says: expected },
  {
    heading: 'Lessons Learned',
    names: /lesson|learn|insight|gotcha/i,
    says: (step) => listed(step.lessons.map(lessonLine)),
  },
  {
    heading: 'Issues & Bug Fixes',
    names: /issue|bug|fix|problem|error/i,
    says: (step) => listed([...step.attempts.map(attemptLine), ...step.issues.map(inline)]),
  },
  { heading: 'Deviations', names: /deviation|differ/i, says: (step) => listed(deviationLines(step)) },
  { heading: 'Key Decisions', names: /decision|question/i, says: decisions },
  { heading: 'Metrics', names: /metric|figure|performance|number|cost/i, says: metrics },
  {
    heading: 'Commands',
    names: /command|how to run|usage|reproduce/i,
    says: (step) => blocks(...step.verifications.map(({ command }) => fenced(command, 'bash'))) || null,
  },
  {
    heading: 'Test Results',
    names: /test|coverage|verif|validation/i,
    says: (step) => blocks(actual(step), verificationBlocks(step.verifications)),
  },
  {
    heading: 'Files',
    names: /file|artifact|deliverable|change|output/i,
    says: (step) => listed(names(step.filesModified)),
  },
  {
    heading: 'Summary',
    names: /summary|overview|result|what was|done/i,
    says: (step) => (step.summary?.trim() ? prose(step.summary) : null),
  },
  { heading: 'Commit', names: /commit/i, says: commitLine },
];

interface Heading {
  readonly level: number;
  readonly title: string;
}

/** The headings of a template; what stands in a code block is none. */
function headingsOf(template: string): Heading[] {
  let fence: string | null = null;
  return template.split(/\r?\n/).flatMap((line) => {
    const mark = /^\s{0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (mark !== undefined && (fence === null || mark.startsWith(fence))) fence = fence === null ? mark : null;
    const found = fence === null ? /^(#{1,6})\s+(.+?)\s*#*$/.exec(line) : null;
    return found ? [{ level: found[1]?.length ?? 1, title: found[2] ?? '' }] : [];
  });
}

function filled(step: StepFacts, template: string): string {
  const told = new Set<Topic>();
  const sections = headingsOf(template)
    .filter(({ level }) => level > 1)
    .map(({ level, title }) => {
      const topic = topics.find((each) => each.names.test(title) && !told.has(each));
      if (topic) told.add(topic);
      return `${'#'.repeat(level)} ${title}\n\n${topic?.says(step) ?? nothing}`;
    });
  const more = topics
    .filter((topic) => !told.has(topic))
    .flatMap((topic) => {
      const says = topic.says(step);
      return says ? [`## ${topic.heading}\n\n${says}`] : [];
    });
  return blocks(...sections, ...more);
}

/**
 * One step's document, where a profile owes one per step; null when there is no such step. A template of the repository's own gives the
 * headings and their order: those that Lockstep knows get their facts, and what it has no heading for follows.
 */
export function renderStepResults(facts: ResultsFacts, key: string, template: string | null = null): string | null {
  const step = allSteps(facts.steps).find((candidate) => candidate.key === key);
  if (!step) return null;
  const title = `# ${inline(facts.plan.title)} Results: ${inline(stepName(step.key))}`;
  const isUsable = template !== null && headingsOf(template).some(({ level }) => level > 1);
  return `${blocks(title, isUsable ? filled(step, template) : stepBlock(step, 2))}\n`;
}
