import { bash, complete, type Block, type ModelTurn } from '../scenario/model';
import { planOf, type PlannedStep } from '../scenario/plans';
import type { Scenario, Seen } from '../scenario/scenario';

/** A repository and the step that the agent is asked for in it. */
export interface Task {
  readonly files: Readonly<Record<string, string>>;
  readonly step: Omit<PlannedStep, 'key'>;
  /** What must be green before the first step. */
  readonly baseline?: string;
}

export interface Row {
  readonly task: Task;
  /** What the agent does, in every attempt. */
  readonly does: readonly Block[];
  readonly settings?: Scenario['settings'];
  readonly path?: string;
}

export const write = (path: string, text: string): Block =>
  bash(`mkdir -p "$(dirname ${path})"; cat > ${path} <<'LOCKSTEP_END'\n${text.replace(/\n?$/, '\n')}LOCKSTEP_END`);

const fenced = (text: string): string => `\`\`\`bash\n${text}\n\`\`\`\n`;
const ground = (baseline: string): string =>
  `## Prerequisites\n\n### 0.1 Green before\n\n**Baseline**:\n${fenced(baseline)}`;

export const documentOf = (tag: string, { step, baseline }: Task): string =>
  planOf(tag, [{ key: '1', ...step }], baseline === undefined ? '' : ground(baseline));

/** The same turn for every attempt. */
const persistent = (tag: string, blocks: readonly Block[]): ModelTurn[] => [
  { match: { step: '1', contains: `${tag} part` }, blocks: [...blocks, complete('1')], repeat: true },
];

const base = (tag: string, { task, does, settings, path }: Row): Omit<Scenario, 'expected'> => {
  const plan = documentOf(tag, task);
  return {
    tag,
    plan,
    files: { ...task.files, ...(path === undefined ? {} : { [path]: plan }) },
    settings: { maxFixAttempts: 0, ...settings },
    turns: persistent(tag, does),
    ...(path === undefined ? {} : { path }),
  };
};

/** What a person reads when the run comes to rest: its reason and every open question. */
const told = ({ ended, questions }: Seen): string =>
  [ended.reason ?? '', ...questions.map(({ text }) => text)].join('\n');

const nothingCommitted = ({ steps }: Seen): void => expect(steps.map(({ commitSha }) => commitSha)).toEqual([null]);

/** The gate itself refuses the step, with these words among the reasons. */
export const refused = (tag: string, row: Row, because: string): Scenario => ({
  ...base(tag, row),
  expected: { status: 'blocked', steps: { '1': 'blocked' } },
  also: (seen) => {
    expect(told(seen)).toContain(because);
    nothingCommitted(seen);
  },
});

/** The checks pass, and a person has to look before the step counts. */
export const reviewed = (tag: string, row: Row, because: string): Scenario => ({
  ...base(tag, row),
  expected: { status: 'paused', steps: { '1': 'needs_review' } },
  also: (seen) => {
    expect(told(seen)).toContain(because);
    nothingCommitted(seen);
  },
});

/** Only a fresh checkout shows it, and where something changed that no commit holds, the step is checked in one. */
export const besideTheTree = (tag: string, row: Row, what: string): Scenario => {
  const { also, ...scenario } = reviewed(tag, row, 'passes only with files that the commit does not contain');
  return {
    ...scenario,
    also: async (seen) => {
      await also?.(seen);
      expect(told(seen)).toContain(what);
    },
  };
};

/** Where the project wants a fresh checkout at the end alone, the final validation keeps the run from completing. */
export const caughtAtTheEnd = (tag: string, row: Row): Scenario => ({
  ...base(tag, { ...row, settings: { ...row.settings, cleanRoom: 'run' } }),
  expected: {
    status: 'blocked',
    steps: { '1': 'completed' },
    questions: [['open', 'in a fresh checkout of the branch, does not pass']],
  },
});

/** With a clean room for each step. */
export const caughtInItsStep = (tag: string, row: Row): Scenario =>
  refused(
    tag,
    { ...row, settings: { ...row.settings, cleanRoom: 'step' } },
    'in a fresh checkout of what is to be committed',
  );
