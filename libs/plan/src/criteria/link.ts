import type { PlanCommand, PlanCriterion, PlanDocument, PlanStep } from '@lockstep/contracts';
import { isTestPath } from '../steps/paths';

/** What would prove an item of the success criteria or of the checklist. The first that fits holds. */
export type CriterionLink =
  /** Commands that it names; they are run in the clean room. */
  | { readonly kind: 'command'; readonly commands: readonly PlanCommand[] }
  /** Steps that it names, by key; their verification is run in the clean room. */
  | { readonly kind: 'step'; readonly steps: readonly string[] }
  /** Test files and tests that it names. */
  | { readonly kind: 'tests'; readonly names: readonly string[] }
  /** Files that it names and that steps declare. */
  | { readonly kind: 'file'; readonly files: readonly NamedFile[] }
  /** It speaks of all tests. */
  | { readonly kind: 'suite' }
  | { readonly kind: 'none' };

export interface NamedFile {
  readonly path: string;
  /** The steps that declare it. */
  readonly steps: readonly string[];
}

export type LinkedPlan = Pick<PlanDocument, 'steps' | 'prerequisites' | 'doneLooksLike'>;

/** The link of one item; a function of the document alone. */
export function linkCriterion(item: PlanCriterion, plan: LinkedPlan): CriterionLink {
  const commands = commandsNamed(item, plan);
  if (commands.length > 0) return { kind: 'command', commands };
  const steps = stepsNamed(item, plan.steps);
  if (steps.length > 0) return { kind: 'step', steps };
  const names = testsNamed(item, plan.steps);
  if (names.length > 0) return { kind: 'tests', names };
  const files = filesNamed(item, plan.steps);
  if (files.length > 0) return { kind: 'file', files };
  return wholeSuite.test(item.text) ? { kind: 'suite' } : { kind: 'none' };
}

const bare = (command: string): string => command.trim().replace(/\s+/g, ' ');

/** Its own commands, else those of the plan that it names word for word. */
function commandsNamed({ commands = [], names = [] }: PlanCriterion, plan: LinkedPlan): readonly PlanCommand[] {
  if (commands.length > 0) return commands;
  const said = new Set(names.map(bare));
  const known = [
    ...plan.prerequisites.flatMap(({ baseline }) => baseline),
    ...plan.steps.flatMap(({ verification }) => verification),
    ...plan.doneLooksLike,
  ].filter(({ command, before, outcome }) => !before && outcome === 'pass' && said.has(bare(command)));
  return [...new Map(known.map((each) => [each.command, each])).values()];
}

const key = String.raw`\d+[a-z]?(?:[._]\d+)?`;
const list = String.raw`steps?\s+(${key}(?:\s*(?:,|and|&|to|through|[-–])\s*(?:and\s+)?${key})*)`;
/** A plan for a wizard has "step 1" of something else: only what is said of the plan's own steps counts. */
const behind = String.raw`(?:['’]s?)?\s+(?:\w+\s+){0,2}?(?:pass(?:es|ing|ed)?|complete[sd]?|(?:is|are) (?:complete|done|green|verified)|verifi\w+|tests?|green|succeeds?)\b`;
const stepPhrases = [
  new RegExp(String.raw`[([][^()[\]]{0,60}?\b${list}[^()[\]]{0,40}[)\]]`, 'gi'),
  new RegExp(String.raw`\b${list}${behind}`, 'gi'),
  new RegExp(
    String.raw`\b(?:(?:covered|verified|proved|proven|shown|checked|tested) (?:by|in)|see|via|tests? (?:of|in|for)|verification of)\s+${list}`,
    'gi',
  ),
];

function stepsNamed({ text, names = [] }: PlanCriterion, steps: readonly PlanStep[]): string[] {
  const named = new Set<string>();
  for (const phrase of stepPhrases)
    for (const match of text.matchAll(phrase)) keysIn(match[1] ?? '', steps).forEach((each) => named.add(each));
  const words = new Set([...names.map((name) => name.toLowerCase()), ...text.toLowerCase().split(/[^\w-]+/)]);
  for (const step of steps) if (speakingKey.test(step.key) && words.has(step.key.toLowerCase())) named.add(step.key);
  return steps.map((step) => step.key).filter((each) => named.has(each));
}

/** A key that no other word looks like, such as `step-3`. */
const speakingKey = /^[a-z]+-[\w-]*\d/i;

/** "1, 2 and 3a", "1-3": ranges in the document's order. */
function keysIn(text: string, steps: readonly PlanStep[]): string[] {
  const keys = steps.map((step) => step.key);
  const known = (number: string): string | undefined =>
    keys.find((each) => [number, `step-${number}`].includes(each.toLowerCase()));
  const parts = text
    .toLowerCase()
    .split(/\s*(?:,|\band\b|&)\s*/)
    .filter((part) => part !== '');
  return parts.flatMap((part) => {
    const [from, to] = part.split(/\s*(?:\bto\b|\bthrough\b|[-–])\s*/).map((each) => known(each.trim()));
    if (from === undefined) return [];
    return to === undefined ? [from] : keys.slice(keys.indexOf(from), keys.indexOf(to) + 1);
  });
}

const quotes = ["'", '"', '`'];
const testName = /^test_\w+$|^Test[A-Z]\w*$|\w::\w/;

/** Test files, test names by their form, and whatever stands word for word in the plan's own tests. */
function testsNamed({ names = [] }: PlanCriterion, steps: readonly PlanStep[]): string[] {
  const written = steps.flatMap(({ tests }) => tests.map(({ content }) => content));
  return names.filter(
    (name) =>
      testName.test(name) ||
      (isTestPath(name) && /\.\w+$/.test(name)) ||
      (/\s/.test(name) &&
        name.length >= 8 &&
        written.some((content) => quotes.some((mark) => content.includes(`${mark}${name}${mark}`)))),
  );
}

function filesNamed({ names = [] }: PlanCriterion, steps: readonly PlanStep[]): NamedFile[] {
  const declared = steps.flatMap((step) => step.files.map(({ path }) => ({ path, step: step.key })));
  return names.flatMap((name) => {
    const paths = [...new Set(declared.map(({ path }) => path))];
    const exact = paths.find((path) => path === name);
    const [alike, another] = paths.filter((path) => path.endsWith(`/${name}`));
    const path = exact ?? (another === undefined ? alike : undefined);
    if (path === undefined) return [];
    return [{ path, steps: [...new Set(declared.filter((each) => each.path === path).map(({ step }) => step))] }];
  });
}

const wholeSuite =
  /\b(?:all|every|entire|whole|full|complete|existing|affected)\b[^.;:]{0,40}\b(?:tests?|specs|suites?)\b[^.;:]{0,20}\b(?:pass(?:es|ing)?|green|succeeds?)\b|\b(?:full|whole|entire|test) suite\b[^.;:]{0,20}\b(?:pass(?:es|ing)?|green|clean|succeeds?)\b|^tests (?:still )?(?:pass|are green)\b/i;

/** A link in words, for people who read the plan before it is carried out. */
export function linkText(link: CriterionLink): string {
  switch (link.kind) {
    case 'command':
      return `proved by ${link.commands.map(({ command }) => `\`${command.split('\n', 1)[0]}\``).join(', ')}`;
    case 'step':
      return `proved by the verification of step ${link.steps.join(', ')}`;
    case 'tests':
      return `proved by the tests ${link.names.join(', ')}`;
    case 'file':
      return `proved by ${link.files.map(({ path, steps }) => `step ${steps.join(', ')}, which declares ${path}`).join('; ')}`;
    case 'suite':
      return 'proved by all tests of the final validation';
    case 'none':
      return 'names nothing that proves it by itself';
  }
}
