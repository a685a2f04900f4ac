import { plain, slugify } from '../markdown/text';
import { allPieces, ancestors, type Section } from '../markdown/outline';
import type { Piece } from '../markdown/pieces';
import { extendsNumber, type Candidate, type Candidates } from './candidates';
import { kindOfLabel } from './labels';
import { sectionName } from './headings';
import type { StepSpan } from './span';
import { markOf } from './status';

interface Node extends Candidate {
  readonly group: boolean;
  /** The group that the unit stands in. */
  readonly container: Node | null;
  key: string;
}

const start = (each: Candidate): number => each.section.start;

/** The group a unit stands in: the last one opened before it, unless a heading above both has closed it. */
const containerOf = (unit: Candidate, groups: readonly Node[]): Node | null => {
  const before = groups.filter((group) => start(group) < start(unit));
  const last = before.at(-1);
  if (!last) return null;
  const nested = ancestors(unit.section).includes(last.section);
  return nested || (unit.section.depth === last.section.depth && unit.section.parent === last.section.parent)
    ? last
    : null;
};

const repeats = (nodes: readonly Node[]): boolean => new Set(nodes.map((node) => node.key)).size < nodes.length;

/** Numbers that begin anew in every phase (or chapter) get its number (or name) in front. */
const qualify = (nodes: readonly Node[]): void => {
  if (!repeats(nodes)) return;
  for (const node of nodes) if (node.container) node.key = `${node.container.number}.${node.number}`;
  if (!repeats(nodes)) return;
  const chapters = new Set(nodes.map((node) => node.section.parent));
  if (chapters.size < 2) return;
  for (const node of nodes) {
    const chapter = slugify(sectionName(node.section.parent?.title ?? ''));
    if (!node.container && chapter !== '') node.key = `${chapter}-${node.number}`;
  }
};

/** Sections beside a step that are named like its parts ("### Verification") and so belong to it. */
const trailing = (section: Section): Section[] => {
  const siblings = section.parent?.children ?? [];
  const found: Section[] = [];
  if (section.depth < 3) return found;
  for (const next of siblings.slice(siblings.indexOf(section) + 1)) {
    const name = sectionName(next.title).toLowerCase();
    if (next.depth !== section.depth || name.split(/\s+/).length > 3) break;
    if (['other', 'affected', 'depends', 'status', 'why'].includes(kindOfLabel(name))) break;
    found.push(next);
  }
  return found;
};

interface Extent {
  readonly end: number;
  readonly pieces: Piece[];
}

const lastMeaning = (pieces: readonly Piece[]): number => pieces.findLastIndex((piece) => piece.type !== 'rule');

/** What a step covers: its own section up to the first step inside it, without the rule that separates it from the next. */
const extentOf = (node: Candidate, starts: readonly number[]): Extent => {
  const more = trailing(node.section);
  const limit = Math.min(more.at(-1)?.end ?? node.section.end, ...starts.filter((at) => at > start(node)));
  const all = [
    ...allPieces(node.section),
    ...more.flatMap((each) => [...(each.heading ? [each.heading] : []), ...allPieces(each)]),
  ].filter((piece) => piece.start < limit);
  const pieces = all.slice(0, lastMeaning(all) + 1);
  return { pieces, end: Math.min(limit, pieces.at(-1)?.end ?? node.section.heading?.end ?? limit) };
};

interface Kin {
  readonly parent: string | null;
  readonly alternativeOf: string | null;
  readonly reading: StepSpan['reading'];
}

const longest = (found: readonly Node[]): Node | undefined =>
  [...found].sort((a, b) => b.number.length - a.number.length)[0];

/** The step that `4_1` is another way of: `4`, or else the first of its family. */
const originalOf = (node: Node, near: readonly Node[]): Node | undefined => {
  const base = /^(.*)_\d+$/.exec(node.number)?.[1];
  if (base === undefined) return undefined;
  return (
    near.find((other) => other.number === base) ??
    near.find((other) => other !== node && start(other) < start(node) && other.number.startsWith(`${base}_`))
  );
};

const kinOf = (node: Node, units: readonly Node[]): Kin => {
  const outer = node.container?.key ?? null;
  const near = units.filter(
    (other) => other !== node && other.container === node.container && sameChapter(other, node, units),
  );
  const original = originalOf(node, near);
  if (original) return { parent: outer, alternativeOf: original.key, reading: 'alternative' };
  const base = longest(near.filter((other) => !node.number.includes('_') && extendsNumber(node.number, other.number)));
  if (base) return { parent: base.key, alternativeOf: null, reading: 'part_of' };
  return { parent: outer, alternativeOf: null, reading: outer === null ? 'in_order' : 'part_of' };
};

/** Where numbers repeat, kin is looked for in the same chapter only. */
const sameChapter = (a: Node, b: Node, units: readonly Node[]): boolean =>
  a.container !== null ||
  a.section.parent === b.section.parent ||
  units.filter((each) => each.number === a.number).length === 1;

const groupKey = (group: Candidate, taken: readonly string[]): string => {
  const key = `${group.word}-${group.number}`;
  return taken.includes(key) ? `${key}-${slugify(group.title)}` : key;
};

const groupNodesOf = (groups: readonly Candidate[]): Node[] => {
  const nodes: Node[] = [];
  for (const group of groups) {
    const taken = nodes.map((each) => each.key);
    nodes.push({ ...group, group: true, container: null, key: groupKey(group, taken) });
  }
  return nodes;
};

const kinOfGroup = (node: Node, units: readonly Node[]): Kin => {
  const holds = units.some((unit) => unit.container === node);
  return { parent: null, alternativeOf: null, reading: holds ? 'group' : 'in_order' };
};

/** The steps of a document whose headings are its steps, in document order. */
export const spansOf = ({ units, groups }: Candidates): StepSpan[] => {
  const groupNodes = groupNodesOf(groups);
  const unitNodes = units.map((unit): Node => ({
    ...unit,
    group: false,
    container: containerOf(unit, groupNodes),
    key: unit.number,
  }));
  qualify(unitNodes);
  const all = [...groupNodes, ...unitNodes].sort((a, b) => start(a) - start(b));
  const starts = all.map(start);
  return all.map((node): StepSpan => {
    const heading = node.section.heading?.text ?? '';
    return {
      key: node.key,
      title: plain(node.title),
      heading,
      start: start(node),
      ...extentOf(node, starts),
      ...(node.group ? kinOfGroup(node, unitNodes) : kinOf(node, unitNodes)),
      after: [],
      status: markOf(heading),
      complexity: null,
    };
  });
};
