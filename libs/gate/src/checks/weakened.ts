import type { TestFinding, TreeChange } from './compare-tests';
import { takingFrom } from './taking';
import { isTestFile } from './test-file';
import { readTestSource, type TestSource } from './test-source';

interface Changed {
  readonly path: string;
  readonly before: TestSource;
  readonly after: TestSource;
}

const read = ({ path, before, after }: TreeChange): Changed => ({
  path,
  before: readTestSource(before ?? ''),
  after: readTestSource(after ?? ''),
});

/** A test may move from one file to another; the same name twice has to stay there twice. */
const vanished = (files: readonly Changed[]): string[] => {
  const isLeft = takingFrom(files.flatMap(({ after }) => after.names));
  return files.flatMap(({ path, before }) =>
    before.names.filter((name) => !isLeft(name)).map((name) => `${path} > ${name}`),
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
  const wasThere = ({ status, before }: TreeChange): boolean => status !== 'added' && typeof before === 'string';
  if (!tests.some(wasThere)) return [];
  const all = tests.map(read);
  const old = all.filter((_, at) => wasThere(tests[at]!));
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
