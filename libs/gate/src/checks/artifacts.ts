import type { PlanStep, PlanStepFile } from '@lockstep/contracts';
import { matchesPath } from './path-pattern';
import { isDocumentFile, isTestFile } from './test-file';

export type ChangeStatus = 'added' | 'modified' | 'deleted';

export interface ChangedPath {
  readonly path: string;
  readonly status: ChangeStatus;
}

/** What the gate needs to know of a step of a plan. */
export type StepDeclaration = Pick<PlanStep, 'kind' | 'declares'> & {
  readonly files: readonly Pick<PlanStepFile, 'path' | 'action' | 'test'>[];
};

export interface ArtifactFacts {
  readonly step: StepDeclaration;
  /** Against the tree in which the step began. */
  readonly changed: readonly ChangedPath[];
  /** Every path of the tree now. */
  readonly existing: readonly string[];
  readonly planPath: string | null;
  readonly resultsPath: string | null;
  /** Where the profile has things go; null, or absent: where the plan says. */
  readonly places?: Places;
}

/** Patterns like those of declared paths. */
export type Places = Readonly<Record<'code' | 'tests' | 'documents', string | null>>;

export type ArtifactCode =
  | 'code_missing'
  | 'code_unchanged'
  | 'tests_missing'
  | 'tests_unchanged'
  | 'not_deleted'
  | 'plan_changed'
  | 'results_changed';

export interface ArtifactReason {
  readonly code: ArtifactCode;
  readonly message: string;
  readonly evidence: string;
}

export interface ArtifactCheck {
  readonly reasons: readonly ArtifactReason[];
  /** Changed files that the step doesn't declare, and that are not where the profile has their sort go. */
  readonly deviations: readonly string[];
}

type What = 'code' | 'tests';
type Declared = StepDeclaration['files'][number];

const declaredAs = (what: What, { files }: StepDeclaration): readonly Declared[] =>
  files.filter((file) => file.test === (what === 'tests'));

const matching = (declared: Declared, paths: readonly string[]): string | undefined =>
  paths.find((path) => matchesPath(declared.path, path));

const missing = (what: What, declared: Declared, facts: ArtifactFacts): ArtifactReason[] => {
  const found = matching(declared, facts.existing);
  const evidence = declared.path;
  if (declared.action === 'delete')
    return found ? [{ code: 'not_deleted', message: `${evidence} is to be deleted and is still there`, evidence }] : [];
  if (found) return [];
  return [{ code: `${what}_missing`, message: `the step declares ${evidence}, and no such file is there`, evidence }];
};

/**
 * Whether the step must change what it declares. A step that only validates runs what exists; tests that a set-up or a
 * documentation step names are there to be run.
 */
const owesChange = (what: What, { kind }: StepDeclaration): boolean =>
  kind === 'implement' || (what === 'code' && kind !== 'validate');

const isOf = (what: What, path: string): boolean => isTestFile(path) === (what === 'tests');

/** A block that names no file is owed somewhere: any file of that sort will do. */
const unnamed = (what: What, { step, changed }: ArtifactFacts): ArtifactReason[] => {
  if (step.kind !== 'implement' || !step.declares[what] || changed.some((each) => isOf(what, each.path))) return [];
  return [{ code: `${what}_unchanged`, message: `the step declares ${what}, and none was written`, evidence: '' }];
};

/** One declared file may turn out to need no change; when none of them changed, the work wasn't done. */
const unchanged = (what: What, facts: ArtifactFacts): ArtifactReason[] => {
  const declared = declaredAs(what, facts.step);
  if (declared.length === 0) return unnamed(what, facts);
  if (!owesChange(what, facts.step)) return [];
  const paths = facts.changed.map((each) => each.path);
  if (declared.some((each) => matching(each, paths))) return [];
  const evidence = declared.map((each) => each.path).join(', ');
  return [
    { code: `${what}_unchanged`, message: `the step changed none of the ${what} it declares: ${evidence}`, evidence },
  ];
};

const owed = (what: What, facts: ArtifactFacts): ArtifactReason[] => {
  const absent = declaredAs(what, facts.step).flatMap((declared) => missing(what, declared, facts));
  return absent.length > 0 ? absent : unchanged(what, facts);
};

const untouched = (code: ArtifactCode, path: string | null, facts: ArtifactFacts, what: string): ArtifactReason[] =>
  path !== null && facts.changed.some((each) => each.path === path)
    ? [
        {
          code,
          message: `${path} was changed: the ${what} is not the agent's to write; undo the change`,
          evidence: path,
        },
      ]
    : [];

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/') + 1);

const manifests: Record<string, readonly string[]> = {
  'package-lock.json': ['package.json'],
  'npm-shrinkwrap.json': ['package.json'],
  'yarn.lock': ['package.json'],
  'pnpm-lock.yaml': ['package.json'],
  'uv.lock': ['pyproject.toml'],
  'poetry.lock': ['pyproject.toml'],
  'Cargo.lock': ['Cargo.toml'],
  'go.sum': ['go.mod'],
};

/** Files that come along with declared ones: a manifest's lock file, a new package's `__init__.py`, snapshots of tests. */
const comesAlong = (path: string, declared: readonly Declared[]): boolean => {
  const folder = folderOf(path);
  const name = path.slice(folder.length);
  const isDeclared = (other: string): boolean => declared.some((each) => matchesPath(each.path, other));
  if (manifests[name]?.some((manifest) => isDeclared(folder + manifest))) return true;
  if (name === '__init__.py') return declared.some((each) => each.path.replace(/^\.\//, '').startsWith(folder));
  return (
    name.endsWith('.snap') &&
    folder.endsWith('__snapshots__/') &&
    isDeclared(folder.slice(0, -'__snapshots__/'.length) + name.slice(0, -5))
  );
};

const placeFor = (path: string, places: Places | undefined): string | null =>
  places?.[isTestFile(path) ? 'tests' : isDocumentFile(path) ? 'documents' : 'code'] ?? null;

/** `PoC/step1_*` is a file, and as well a folder with what it holds. */
const isIn = (place: string, path: string): boolean => matchesPath(place, path) || matchesPath(`${place}/**`, path);

const deviationsOf = ({ step, changed, planPath, resultsPath, places }: ArtifactFacts): string[] => {
  const declared = step.files;
  // A step that declares nothing but is meant to change something has no outside, unless the profile draws one.
  const hasOutside = declared.length > 0 || step.kind === 'validate';
  return changed
    .map(({ path }) => path)
    .filter((path) => path !== planPath && path !== resultsPath)
    .filter((path) => !declared.some((each) => matchesPath(each.path, path)) && !comesAlong(path, declared))
    .filter((path) => {
      const place = placeFor(path, places);
      return place === null ? hasOutside : !isIn(place, path);
    });
};

/** What the step owes, by what it declares; nothing that it doesn't declare is owed. Pure. */
export const checkArtifacts = (facts: ArtifactFacts): ArtifactCheck => ({
  reasons: [
    ...owed('code', facts),
    ...owed('tests', facts),
    ...untouched('plan_changed', facts.planPath, facts, 'plan document'),
    ...untouched('results_changed', facts.resultsPath, facts, 'results document'),
  ],
  deviations: deviationsOf(facts),
});
