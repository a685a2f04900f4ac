import {
  letsThrough,
  type Criterion,
  type CriterionEvidence,
  type PlanCriterion,
  type PlanDocument,
  type Profile,
  type TestCounts,
  type Verdict,
} from '@lockstep/contracts';
import { grouped } from './known';
import { linkCriterion, type CriterionLink } from './link';

/** One command that Lockstep ran, with its last result. */
export interface RanCommand {
  readonly command: string;
  readonly verdict: Verdict;
  /** `sha256:…` of its output. */
  readonly digest: string | null;
  readonly tests: TestCounts | null;
  /** Tests that passed, by name, where the runner names them. */
  readonly passed: readonly string[];
}

export interface StepProof {
  readonly key: string;
  readonly isDone: boolean;
  /** Of its last gate. */
  readonly ran: readonly RanCommand[];
}

export interface PersonsWord {
  readonly by: string;
  readonly at: string | null;
}

/** What is known when the items are judged. `final` is null before the final validation: nothing is proved then. */
export interface ProofFacts {
  readonly rule: Profile['criteria'];
  readonly final: FinalProof | null;
  readonly steps: readonly StepProof[];
  /** Every path of the tree that was validated. */
  readonly paths: ReadonlySet<string>;
  /** What people said of single items, by the item's text. */
  readonly words: ReadonlyMap<string, PersonsWord>;
}

export interface FinalProof {
  readonly passed: boolean;
  /** `sha256:…` over all of its evidence. */
  readonly digest: string;
  readonly ran: readonly RanCommand[];
  /** Who had the run completed though it did not pass. */
  readonly attested: PersonsWord | null;
}

type Proofs = Extract<CriterionEvidence, { state: 'proved' }>['proofs'];

const proofOf = ({ command, digest }: RanCommand): Proofs[number] => ({ command, digest });

/** The state of every item, the success criteria first. */
export const judgeCriteria = (plan: PlanDocument, facts: ProofFacts): Criterion[] => [
  ...judgeList('criteria', plan.criteria, plan, facts),
  ...judgeList('checklist', plan.checklist, plan, facts),
];

const judgeList = (
  list: Criterion['list'],
  items: readonly PlanCriterion[],
  plan: PlanDocument,
  facts: ProofFacts,
): Criterion[] =>
  items.map((item, index) => ({
    ...{ list, number: index + 1, text: item.text },
    evidence: judge(item, plan, facts),
  }));

function judge(item: PlanCriterion, plan: PlanDocument, facts: ProofFacts): CriterionEvidence {
  const { final, words, rule } = facts;
  if (final === null) return { state: 'unproven', note: null };
  const link = linkCriterion(item, plan);
  const proved = provedBy(link, plan, { ...facts, final });
  if (proved) return proved;
  if (final.attested)
    return { state: 'attested', ...final.attested, note: 'completed as it is; the final validation does not pass' };
  const word = words.get(item.text);
  if (word) return { state: 'attested', ...word, note: null };
  return rule === 'validated' && final.passed
    ? { state: 'proved', by: 'whole', names: [], proofs: [{ command: null, digest: final.digest }] }
    : { state: 'unproven', note: whyNot(link) };
}

type Judged = ProofFacts & { readonly final: FinalProof };

function provedBy(link: CriterionLink, plan: PlanDocument, facts: Judged): CriterionEvidence | null {
  if (link.kind === 'none') return null;
  const proofs = proofsOf(link, plan, facts);
  return proofs === null || proofs.length === 0
    ? null
    : { state: 'proved', by: link.kind, names: namesOf(link), proofs: distinct(proofs) };
}

/** What shows that it holds; null or nothing: it is not shown. */
function proofsOf(link: Exclude<CriterionLink, { kind: 'none' }>, plan: PlanDocument, facts: Judged): Proofs | null {
  const { ran } = facts.final;
  switch (link.kind) {
    case 'command':
      return all(link.commands.map(({ command }) => ran.find((each) => each.command === command)));
    case 'step':
      if (!link.steps.every((key) => facts.steps.some((step) => step.key === key && step.isDone))) return null;
      return all(stepCommands(link.steps, plan).map((command) => ran.find((each) => each.command === command)));
    case 'tests':
      return every(link.names.map((name) => testProofs(name, plan, facts)));
    case 'file':
      return every(link.files.map((file) => (facts.paths.has(file.path) ? declaringProofs(file.steps, facts) : null)));
    case 'suite': {
      const tested = ran.filter(({ tests }) => tests !== null && tests.total > 0);
      return facts.final.passed ? all(tested) : null;
    }
  }
}

/** All of them ran and let through, or nothing is shown. */
const all = (commands: readonly (RanCommand | undefined)[]): Proofs | null =>
  commands.every((each) => each !== undefined && letsThrough(each))
    ? commands.flatMap((each) => (each ? [proofOf(each)] : []))
    : null;

const every = (found: readonly (Proofs | null)[]): Proofs | null =>
  found.every((proofs) => proofs !== null && proofs.length > 0) ? found.flatMap((proofs) => proofs ?? []) : null;

/** What verifies the named steps at the end: their own commands and those of their parts, as far as these are to pass. */
export function stepCommands(keys: readonly string[], { steps }: Pick<PlanDocument, 'steps'>): string[] {
  const parts = grouped(steps.flatMap(({ key, parent }) => (parent === null ? [] : [[parent, key] as const])));
  const named = new Set(keys);
  // What is added on the way is come to, too, and once.
  for (const key of named) parts.get(key)?.forEach((part) => named.add(part));
  const commands = steps
    .filter(({ key, alternativeOf }) => named.has(key) && alternativeOf === null)
    .flatMap(({ verification }) => verification)
    .filter(({ before, outcome, optional }) => !before && !optional && outcome === 'pass');
  return [...new Set(commands.map(({ command }) => command))];
}

/** A test that the clean room ran by name or by file; or a test file of a step whose verification passed. */
function testProofs(name: string, plan: PlanDocument, facts: Judged): Proofs | null {
  const ran = facts.final.ran.filter((each) => letsThrough(each) && ranTest(each, name));
  if (ran.length > 0) return ran.map(proofOf);
  const declaring = plan.steps.filter(({ files }) => files.some(({ path }) => path === name)).map(({ key }) => key);
  return facts.paths.has(name) && declaring.length > 0 ? declaringProofs(declaring, facts) : null;
}

const segments = (name: string): string[] => name.split(/ > |::/);

function ranTest({ command, tests, passed }: RanCommand, name: string): boolean {
  if (tests === null || tests.passed === 0) return false;
  if (command.split(/[\s"';|&()]+/).includes(name)) return true;
  const wanted = segments(name);
  return passed.some((each) => {
    const parts = segments(each).map((part) => part.replace(/\[[^\]]*\]$/, ''));
    return wanted.every((part) => parts.includes(part));
  });
}

/** What the gate ran for the completed steps that declare a file, or the clean room, where it ran the same. */
function declaringProofs(keys: readonly string[], { steps, final }: Judged): Proofs | null {
  const done = steps.filter(({ key, isDone }) => isDone && keys.includes(key));
  const ran = done
    .flatMap((step) => step.ran)
    .map((each) => final.ran.find(({ command }) => command === each.command) ?? each);
  return done.length > 0 && ran.length > 0 ? all(ran) : null;
}

const distinct = (proofs: Proofs): Proofs => [...new Map(proofs.map((each) => [each.command, each])).values()];

function namesOf(link: CriterionLink): string[] {
  if (link.kind === 'step') return [...link.steps];
  if (link.kind === 'tests') return [...link.names];
  return link.kind === 'file'
    ? link.files.flatMap(({ path, steps }) => [path, ...steps.map((key) => `step ${key}`)])
    : [];
}

const whyNot = (link: CriterionLink): string | null =>
  link.kind === 'none' ? null : 'what it names did not run in the final validation, or did not pass';
