import type { Expected, Seen } from './scenario';

/** Events that tell how a step goes on; how many come hangs on the agent's pace. */
const chatter: readonly string[] = ['cost.updated', 'implementation.progress'];

/** Compares everything that a scenario expects at once, so that a failure shows all of it. */
export function expectAsTold(seen: Seen, expected: Expected): void {
  const { warnings, ...exact } = expected;
  expect(tell(seen, expected)).toEqual(exact);
  if (warnings) expect(kindsOf(seen)).toEqual(expect.arrayContaining([...warnings]));
}

function tell(seen: Seen, expected: Expected): Omit<Expected, 'warnings'> {
  const keys = (of: object | undefined): string[] => Object.keys(of ?? {});
  const each = <T>(of: object | undefined, value: (key: string) => T): Record<string, T> =>
    Object.fromEntries(keys(of).map((key) => [key, value(key)]));
  const step = (key: string) => seen.steps.find((one) => one.key === key);
  return {
    status: seen.ended.status,
    ...(expected.steps && { steps: Object.fromEntries(seen.steps.map(({ key, status }) => [key, status])) }),
    ...(expected.commits && { commits: seen.commits.map((commit) => commit.step) }),
    ...(expected.attempts && {
      attempts: each(expected.attempts, (key) => (step(key)?.attempts ?? []).map(({ outcome }) => outcome)),
    }),
    ...(expected.events && { events: each(expected.events, (key) => typesOf(seen, key)) }),
    ...(expected.questions && { questions: questionsAsTold(seen, expected.questions) }),
    ...(expected.retryCounts && { retryCounts: each(expected.retryCounts, (key) => step(key)?.retryCount ?? -1) }),
  };
}

const typesOf = ({ events }: Seen, key: string): string[] =>
  events
    .filter(({ data, type }) => (data as { stepId?: string }).stepId === key && !chatter.includes(type))
    .map(({ type }) => type);

/** The expected part where the text has it, else the text: so that a difference can be read. */
const questionsAsTold = (
  { questions }: Seen,
  expected: NonNullable<Expected['questions']>,
): NonNullable<Expected['questions']> =>
  questions.map(({ status, text }, index) => {
    const part = expected[index]?.[1];
    return [status, part !== undefined && text.includes(part) ? part : text] as const;
  });

const kindsOf = ({ events }: Seen): string[] =>
  events.filter(({ type }) => type === 'agent.warning').map(({ data }) => (data as { kind: string }).kind);
