import type { ChangedPath } from './artifacts';
import type { TreeChange } from './compare-tests';
import { takingFrom } from './taking';
import { isTestFile } from './test-file';
import { readTestSource } from './test-source';

/** A test's own name, without the file, class or suites that it stands in. */
export const leafOf = (name: string): string =>
  name
    .split(/ > |::/)
    .at(-1)!
    .trim();

const namesOf = (text: string | null | undefined): readonly string[] =>
  typeof text === 'string' ? readTestSource(text).names : [];

/** What of the first list is left when the second is taken from it, one by one. */
const without = (names: readonly string[], taken: readonly string[]): string[] => {
  const take = takingFrom(taken);
  return names.filter((name) => !take(name));
};

/** Tests that stand in another file now than before, by their own names. */
const movedNames = (tests: readonly TreeChange[]): string[] => {
  const gone = tests.flatMap(({ before, after }) => without(namesOf(before), namesOf(after)));
  const come = tests.flatMap(({ before, after }) => without(namesOf(after), namesOf(before)));
  return without(gone, without(gone, come));
};

/** Tests in files that the step's approved plan says to delete. */
export const namesToBeDeleted = (
  changed: readonly TreeChange[],
  isToBeDeleted: (change: ChangedPath) => boolean,
): string[] =>
  changed.filter((each) => isTestFile(each.path) && isToBeDeleted(each)).flatMap(({ before }) => [...namesOf(before)]);

export interface Gone {
  /** Names of tests that a report had before and has no more. */
  readonly gone: readonly string[];
  /** Names that are new in it. */
  readonly fresh: readonly string[];
}

/**
 * Tests whose absence from a report is explained: each of those moved to another file and runs there, or stood in a file that the
 * step's approved plan says to delete.
 */
export const unexplained = (
  { gone, fresh }: Gone,
  changed: readonly TreeChange[],
  isToBeDeleted: (change: ChangedPath) => boolean,
): string[] => {
  const tests = changed.filter(({ path }) => isTestFile(path));
  const moved = new Set(movedNames(tests));
  const running = fresh.map(leafOf).filter((leaf) => moved.has(leaf));
  const isExplained = takingFrom([...running, ...namesToBeDeleted(changed, isToBeDeleted)]);
  return gone.filter((name) => !isExplained(leafOf(name)));
};

const runnable = /(?:^|\/)(?:test_[^/]*|[^/]*[._-](?:test|spec|cy))\.\w+$/;
const baseOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** A file with the same text came in its place, under a name by which runners find it. */
export const isRenamed = ({ path, before }: TreeChange, changed: readonly TreeChange[]): boolean =>
  typeof before === 'string' &&
  changed.some(
    (other) =>
      other.status === 'added' &&
      other.after === before &&
      (runnable.test(other.path) || baseOf(other.path) === baseOf(path)),
  );
