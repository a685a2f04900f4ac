import type { PlanCommand, PlanCriterion } from '@lockstep/contracts';
import { isTestPath } from '../steps/paths';
import { bare, knownOf, type Known, type LinkedPlan } from './known';

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

/** The link of one item; a function of the document alone. */
export function linkCriterion(item: PlanCriterion, plan: LinkedPlan): CriterionLink {
  const known = knownOf(plan);
  const commands = commandsNamed(item, known);
  if (commands.length > 0) return { kind: 'command', commands };
  const steps = stepsNamed(item, known);
  if (steps.length > 0) return { kind: 'step', steps };
  const names = testsNamed(item, known);
  if (names.length > 0) return { kind: 'tests', names };
  const files = filesNamed(item, known);
  if (files.length > 0) return { kind: 'file', files };
  return wholeSuite.test(item.text) ? { kind: 'suite' } : { kind: 'none' };
}

/** Its own commands, else those of the plan that it names word for word. */
function commandsNamed({ commands = [], names = [] }: PlanCriterion, known: Known): readonly PlanCommand[] {
  if (commands.length > 0) return commands;
  const named = names.flatMap((name) => known.commands.get(bare(name)) ?? []);
  return [...new Map(named.map((each) => [each.command, each])).values()];
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

function stepsNamed({ text, names = [] }: PlanCriterion, known: Known): string[] {
  const named = new Uint8Array(known.keys.length);
  for (const phrase of stepPhrases) for (const match of text.matchAll(phrase)) markKeys(match[1] ?? '', known, named);
  for (const word of [...names.map((name) => name.toLowerCase()), ...text.toLowerCase().split(/[^\w-]+/)]) {
    const at = speakingKey.test(word) ? known.positions.get(word) : undefined;
    if (at !== undefined) named[at] = 1;
  }
  return known.keys.filter((_, at) => named[at] === 1);
}

/** A key that no other word looks like, such as `step-3`. */
const speakingKey = /^[a-z]+-[\w-]*\d/i;

/** "1, 2 and 3a", "1-3": ranges in the document's order. */
function markKeys(text: string, { positions }: Known, named: Uint8Array): void {
  const positionOf = (number: string): number | undefined =>
    [number, `step-${number}`].flatMap((each) => positions.get(each) ?? []).sort((a, b) => a - b)[0];
  const parts = text
    .toLowerCase()
    .split(/\s*(?:,|\band\b|&)\s*/)
    .filter((part) => part !== '');
  for (const part of parts) {
    const [from, to] = part.split(/\s*(?:\bto\b|\bthrough\b|[-–])\s*/).map((each) => positionOf(each.trim()));
    if (from !== undefined) named.fill(1, from, (to ?? from) + 1);
  }
}

const testName = /^test_\w+$|^Test[A-Z]\w*$|\w::\w/;

/** Test files, test names by their form, and whatever stands word for word in the plan's own tests. */
function testsNamed({ names = [] }: PlanCriterion, { quoted }: Known): string[] {
  return names.filter(
    (name) =>
      testName.test(name) ||
      (isTestPath(name) && /\.\w+$/.test(name)) ||
      (/\s/.test(name) && name.length >= 8 && quoted.has(name)),
  );
}

function filesNamed({ names = [] }: PlanCriterion, { files, ends }: Known): NamedFile[] {
  return names.flatMap((name) => {
    const path = files.has(name) ? name : (ends.get(name) ?? null);
    return path === null ? [] : [{ path, steps: [...new Set(files.get(path))] }];
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
