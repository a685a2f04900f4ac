import type { TestFinding, TreeChange } from './compare-tests';
import { isTestFile } from './test-file';
import { readTestSource, type TestSource } from './test-source';

interface Changed {
  readonly path: string;
  readonly before: TestSource;
  readonly after: TestSource;
}

const nothing: TestSource = readTestSource('');

const read = ({ path, before, after }: TreeChange): Changed => ({
  path,
  before: typeof before === 'string' ? readTestSource(before) : nothing,
  after: typeof after === 'string' ? readTestSource(after) : nothing,
});

/** A test may move from one file to another; the same name twice has to stay there twice. */
const vanished = (files: readonly Changed[]): string[] => {
  const left = files.flatMap(({ after }) => after.names);
  return files.flatMap(({ path, before }) =>
    before.names.flatMap((name) => {
      const at = left.indexOf(name);
      if (at < 0) return [`${path} > ${name}`];
      left.splice(at, 1);
      return [];
    }),
  );
};

const grown = (files: readonly Changed[], what: 'skips' | 'exits'): string[] =>
  files.filter(({ before, after }) => after[what] > before[what]).map(({ path }) => path);

const fewerAssertions = (files: readonly Changed[]): string[] => {
  const sum = (of: 'before' | 'after'): number => files.reduce((total, file) => total + file[of].assertions, 0);
  if (sum('after') >= sum('before')) return [];
  return files
    .filter(({ before, after }) => after.assertions < before.assertions)
    .map(({ path, before, after }) => `${path}: ${before.assertions} assertions before, ${after.assertions} now`);
};

const finding = (code: TestFinding['code'], message: string, evidence: readonly string[]): TestFinding[] =>
  evidence.length > 0 ? [{ code, message, evidence: evidence.slice(0, 100) }] : [];

/**
 * What the texts of test files say that were there before the step: tests that are gone, skipped or cut short, and assertions that were
 * taken out. It needs no report of the tests before, and so sees what a red or missing baseline hides. A file that only moved is compared
 * with what was added. Contents that weren't handed in are nobody's finding here.
 */
export const weakenedSources = (changed: readonly TreeChange[]): TestFinding[] => {
  const tests = changed.filter(({ path }) => isTestFile(path));
  const old = tests.filter(({ status, before }) => status !== 'added' && typeof before === 'string').map(read);
  if (old.length === 0) return [];
  const all = tests.map(read);
  const gone = vanished(all);
  return [
    ...finding('test_vanished', 'tests that the files declared before are not declared any more', gone),
    ...finding('test_newly_skipped', 'tests that were there before are kept from running', [
      ...new Set([...grown(old, 'skips'), ...grown(old, 'exits')]),
    ]),
    ...(gone.length === 0
      ? finding('fewer_assertions', 'tests that were there before check less', fewerAssertions(all))
      : []),
  ];
};
