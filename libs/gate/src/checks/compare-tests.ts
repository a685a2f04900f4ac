import type { TestCounts } from '@lockstep/contracts';
import type { NamedTest } from '../report/report';
import type { ChangedPath } from './artifacts';
import { changedScripts, onlyAdds } from './called-scripts';
import { isRenamed, namesToBeDeleted, unexplained } from './moved-tests';
import { matchesPath } from './path-pattern';
import { isTestFile } from './test-file';
import { isImpostor, isTestSetup, testSetupOf } from './test-setup';
import { weakenedSources } from './weakened';

/** The same commands' reports, before the step and after it. */
export interface ReportedTests {
  readonly tests?: TestCounts;
  readonly names: readonly NamedTest[];
  readonly namesComplete: boolean;
}

/** A change of the tree. Contents are needed where `needsContents(path)`: null for a side on which there is no file. */
export interface TreeChange extends ChangedPath {
  readonly before?: string | null;
  readonly after?: string | null;
  /** Where a symbolic link leads; absent for what is none. */
  readonly link?: string;
}

export type FindingCode =
  | 'test_file_deleted'
  | 'test_vanished'
  | 'test_newly_skipped'
  | 'fewer_tests'
  | 'more_skipped'
  | 'fewer_assertions'
  | 'snapshot_changed'
  | 'test_command_changed'
  | 'runner_shadowed'
  | 'link_outside';

export interface TestFinding {
  readonly code: FindingCode;
  readonly message: string;
  /** Paths or names of tests, for the person who decides. */
  readonly evidence: readonly string[];
}

export interface TestComparison {
  readonly verdict: 'ok' | 'needs_review';
  readonly findings: readonly TestFinding[];
}

export interface ComparisonFacts {
  /** Null when there was no test before. */
  readonly before: ReportedTests | null;
  readonly after: ReportedTests | null;
  readonly changed: readonly TreeChange[];
  /** Paths that the step declares: what its approved plan says of them is no surprise. */
  readonly declared: readonly string[];
  /** What this step's own earlier attempts reported of the same commands, and what of it failed. */
  readonly earlier?: EarlierReport;
  /** The texts of the commands that verify, and of the scripts that they call: files that these run decide what is tested. */
  readonly commands?: readonly string[];
  /** Commands that called a script which ran tests when the step began, and that reported none now. */
  readonly silenced?: readonly string[];
}

export interface EarlierReport {
  /** The most tests that an attempt reported. */
  readonly total: number;
  readonly failing: readonly string[];
  /** The same commands' report in this attempt. */
  readonly now: ReportedTests;
}

/** Addresses and durations differ from run to run in names made from values. */
const stable = (name: string): string =>
  name
    .replace(/0x[0-9a-f]{4,}/gi, '0x…')
    .replace(/\(\d+(?:\.\d+)?\s*m?s\)/g, '')
    .trim();

/** Tests of one name, in several files for instance, are told apart by their number. */
const byName = (names: readonly NamedTest[]): Map<string, NamedTest> => {
  const seen = new Map<string, number>();
  const entries = names.map((each): [string, NamedTest] => {
    const name = stable(each.name);
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return [count === 1 ? name : `${name} (${count})`, each];
  });
  return new Map(entries);
};

const finding = (code: FindingCode, message: string, evidence: readonly string[]): TestFinding[] =>
  evidence.length > 0 ? [{ code, message, evidence: evidence.slice(0, 100) }] : [];

const renamedOrGone = (gone: readonly string[], fresh: readonly string[]): string =>
  fresh.length === 0
    ? `${gone.length} tests that ran before don't run any more`
    : `${gone.length} tests that ran before don't run any more; ${fresh.length} are new, so some may be renamed: ${fresh.slice(0, 10).join(', ')}`;

const compareNames = (before: ReportedTests, after: ReportedTests, facts: ComparisonFacts): TestFinding[] => {
  const [old, now] = [byName(before.names), byName(after.names)];
  const missing = after.namesComplete ? [...old.keys()].filter((name) => !now.has(name)) : [];
  const come = [...now.keys()].filter((name) => !old.has(name));
  const gone = unexplained({ gone: missing, fresh: come }, facts.changed, (each) =>
    isDeclaredDeletion(each, facts.declared),
  );
  const fresh = before.namesComplete ? come : [];
  const skipped = [...now].filter(
    ([name, test]) => test.status === 'skipped' && (old.get(name)?.status ?? 'skipped') !== 'skipped',
  );
  return [
    ...finding('test_vanished', renamedOrGone(gone, fresh), gone),
    ...finding(
      'test_newly_skipped',
      'tests that ran before are skipped now',
      skipped.map(([name]) => name),
    ),
  ];
};

/** For runners that don't name each test, the numbers must do. */
const compareCounts = (before: ReportedTests, after: ReportedTests, toBeDeleted: number): TestFinding[] => {
  const [old, now] = [before.tests, after.tests];
  if (!old || !now || (before.namesComplete && after.namesComplete)) return [];
  const fewer = now.total < old.total - toBeDeleted ? [`${old.total} before, ${now.total} now`] : [];
  const skipped = now.skipped > old.skipped ? [`${old.skipped} before, ${now.skipped} now`] : [];
  return [
    ...finding('fewer_tests', 'fewer tests run than before', fewer),
    ...finding('more_skipped', 'more tests are skipped than before', skipped),
  ];
};

const compareReports = (facts: ComparisonFacts): TestFinding[] => {
  const { before, after } = facts;
  if (!before?.tests)
    return finding('fewer_tests', 'a script ran tests when the step began, and reports none now', facts.silenced ?? []);
  if (!after?.tests)
    return finding('fewer_tests', 'tests were reported before, and none is now', [`${before.tests.total} before`]);
  const toBeDeleted = namesToBeDeleted(facts.changed, (each) => isDeclaredDeletion(each, facts.declared)).length;
  return [...compareNames(before, after, facts), ...compareCounts(before, after, toBeDeleted)];
};

/** Contents that weren't handed in can't be compared, and are for a person to look at. */
const setupChanged = ({ path, before, after }: TreeChange): boolean =>
  before === undefined || after === undefined || testSetupOf(path, before) !== testSetupOf(path, after);

/** A step may rename the tests that it wrote itself; one that failed may not be skipped, or be gone with fewer left. */
const compareEarlier = ({ earlier }: ComparisonFacts): TestFinding[] => {
  if (!earlier?.now.tests || !earlier.now.namesComplete) return [];
  const now = byName(earlier.now.names);
  const failed = [...new Set(earlier.failing.map(stable))];
  const fewer = earlier.now.tests.total < earlier.total;
  return [
    ...finding(
      'test_vanished',
      'tests that failed in an earlier attempt at this step are gone',
      fewer ? failed.filter((name) => !now.has(name)) : [],
    ),
    ...finding(
      'test_newly_skipped',
      'tests that failed in an earlier attempt at this step are skipped now',
      failed.filter((name) => now.get(name)?.status === 'skipped'),
    ),
  ];
};

const snapshot = /\.(?:snap|snapshot|ambr)$|(?:^|\/)__(?:image_)?snapshots__\//;

/** What tests compare with was written anew; snapshots of new tests only add to it. */
const compareSnapshots = (changed: readonly TreeChange[], declared: readonly string[]): TestFinding[] => {
  const ofDeclared = (path: string): boolean =>
    declared.some((each) => matchesPath(each, path.replace(/__snapshots__\//, '').replace(/\.snap$/, '')));
  const rewritten = changed.filter(
    ({ path, status, before, after }) =>
      snapshot.test(path) &&
      status === 'modified' &&
      !ofDeclared(path) &&
      !(typeof before === 'string' && typeof after === 'string' && onlyAdds(before, after)),
  );
  return finding(
    'snapshot_changed',
    'what tests compare with was written anew',
    rewritten.map(({ path }) => path),
  );
};

/** A folder on the way may be a link itself, so that nobody can tell where a `..` behind it leads. */
const leadsOut = (path: string, target: string): boolean => {
  if (target.startsWith('/')) return true;
  const parts = target.split('/').filter((part) => part !== '' && part !== '.');
  const ups = parts.filter((part) => part === '..').length;
  return ups > path.split('/').length - 1 || parts.lastIndexOf('..') >= ups;
};

/** What lies there is no part of the commit, and a fresh checkout reads the very same. */
const compareLinks = (changed: readonly TreeChange[]): TestFinding[] =>
  finding(
    'link_outside',
    'a link leads out of the repository, where no commit reaches',
    changed
      .filter(({ path, link }) => link !== undefined && leadsOut(path, link))
      .map(({ path, link }) => `${path} -> ${link}`),
  );

const compareSetup = (changed: readonly TreeChange[], named: readonly string[]): TestFinding[] => {
  const setup = changed.filter((each) => isTestSetup(each.path) && setupChanged(each)).map((each) => each.path);
  const commands = [...new Set([...setup, ...changedScripts(changed, named)])];
  const impostors = changed
    .filter((each) => each.status !== 'deleted' && isImpostor(each.path))
    .map((each) => each.path);
  return [
    ...finding('test_command_changed', 'what decides how tests run was changed', commands),
    ...finding('runner_shadowed', 'a file stands where a test runner or its start-up is looked for', impostors),
  ];
};

/** A report names tests better than a text does: the first finding of a kind is enough. */
const oncePerCode = (findings: readonly TestFinding[]): TestFinding[] =>
  [...new Map([...findings].reverse().map((each) => [each.code, each])).values()].reverse();

const isDeclaredDeletion = ({ path, status }: TreeChange, declared: readonly string[]): boolean =>
  status === 'deleted' && declared.some((each) => matchesPath(each, path));

/** Whether `compareTests` needs this file's contents from before and after. */
export const needsContents = (path: string): boolean =>
  isTestSetup(path) || isTestFile(path) || snapshot.test(path) || /\.mk$/.test(path);

/**
 * Looks for tests that were weakened: it doesn't say that they were, but that a person must look. What the step itself
 * declares, by an exact path, is what the plan's reader approved, except that a test declared to be changed may still not
 * vanish from the report unseen.
 */
export const compareTests = (facts: ComparisonFacts): TestComparison => {
  const surprising = facts.changed.filter(
    (each) => !facts.declared.some((declared) => matchesPath(declared, each.path)),
  );
  const deleted = surprising
    .filter((each) => each.status === 'deleted' && isTestFile(each.path) && !isRenamed(each, facts.changed))
    .map((each) => each.path);
  const findings = oncePerCode([
    ...finding('test_file_deleted', 'test files were deleted', deleted),
    ...compareReports(facts),
    ...compareEarlier(facts),
    ...weakenedSources(facts.changed.filter((each) => !isDeclaredDeletion(each, facts.declared))),
    ...compareSetup(surprising, facts.commands ?? []),
    ...compareSnapshots(surprising, facts.declared),
    ...compareLinks(facts.changed),
  ]);
  return { verdict: findings.length > 0 ? 'needs_review' : 'ok', findings };
};
