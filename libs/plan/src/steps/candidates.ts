import type { HeadingPiece, Piece } from '../markdown/pieces';
import { ancestors, type Section } from '../markdown/outline';
import { roleOf } from '../sections/names';
import { isKnownSection, isStepsSection, readStepHeading, type StepHeading } from './headings';

/** A heading that was taken for a step or for a group of steps. */
export interface Candidate extends StepHeading {
  readonly section: Section;
}

/** Whether a heading stands below one that holds no steps. */
const isOff = (section: Section, title: Section | undefined): boolean =>
  ancestors(section).some((above) => above !== title && isKnownSection(above.title) && !isStepsSection(above.title));

const inPrerequisites = (section: Section): boolean =>
  ancestors(section).some((above) => roleOf(above.title) === 'prerequisites');

/** The document's own title may read "Phase 2 Plan"; it opens a step only when there are several such titles. */
const withoutTitle = (found: readonly Candidate[]): Candidate[] => {
  const top = found.filter((each) => each.section.depth === 1);
  return top.length > 1 ? [...found] : found.filter((each) => each.section.depth > 1);
};

const opens = (section: Section): Candidate[] => {
  const heading = section.heading ? readStepHeading(section.heading.text) : null;
  if (!heading || inPrerequisites(section)) return [];
  const container = heading.form === 'numbered' && (isKnownSection(heading.title) || isStepsSection(heading.title));
  return container ? [] : [{ ...heading, section }];
};

/** "Task 1" below "Validation Commands" is a step all the same when no other place has any. */
const readAll = (sections: readonly Section[]): Candidate[] => {
  const title = sections.find((section) => section.depth === 1);
  const found = withoutTitle(sections.flatMap(opens));
  const placed = found.filter((each) => !isOff(each.section, title));
  return placed.length > 0 ? placed : found.filter((each) => each.form === 'unit');
};

const inside = (section: Section, outer: Section): boolean => ancestors(section).includes(outer);

/** Whether `3a`, `3.1` or `3_1` is numbered as belonging to `3`. */
export const extendsNumber = (number: string, base: string): boolean =>
  number.length > base.length && number.startsWith(base) && /^(?:[a-z]|[._]\d)/i.test(number.slice(base.length));

/** A unit inside a unit is a piece of its text ("Step 2: run the test" in a task), unless it is numbered as its part. */
const withoutMicroSteps = (units: readonly Candidate[]): Candidate[] =>
  units.filter((unit) => {
    const outer = units.filter((other) => other !== unit && inside(unit.section, other.section));
    return outer.length === 0 || outer.some((other) => extendsNumber(unit.number, other.number));
  });

/** Numbered sections count where the steps are, when the document says where that is. */
const numberedUnits = (all: readonly Candidate[]): Candidate[] => {
  const numbered = all.filter((each) => each.form === 'numbered');
  const groups = all.filter((each) => each.form === 'group').map((each) => each.section);
  const placed = numbered.filter(
    ({ section }) =>
      ancestors(section).some((above) => isStepsSection(above.title)) || groups.some((outer) => inside(section, outer)),
  );
  return placed.length > 0 ? placed : numbered;
};

/** "### 2.1 Title" in a phase without a worded step, beside phases that have some. */
const numberedBeside = (
  worded: readonly Candidate[],
  groups: readonly Candidate[],
  all: readonly Candidate[],
): Candidate[] => {
  const free = groups.filter((group) => !worded.some((unit) => inside(unit.section, group.section)));
  return all.filter(
    ({ form, section }) => form === 'numbered' && free.some((group) => section.parent === group.section),
  );
};

export interface Candidates {
  readonly units: readonly Candidate[];
  readonly groups: readonly Candidate[];
}

/** The headings that open steps, by the most explicit form that the document uses. */
export const findCandidates = (sections: readonly Section[]): Candidates => {
  const all = readAll(sections);
  const groups = all.filter((each) => each.form === 'group');
  const worded = withoutMicroSteps(all.filter((each) => each.form === 'unit'));
  const units = worded.length > 0 ? [...worded, ...numberedBeside(worded, groups, all)] : numberedUnits(all);
  if (units.length > 0) {
    const inUnit = (group: Candidate): boolean => units.some((unit) => inside(group.section, unit.section));
    return { units, groups: groups.filter((group) => !inUnit(group)) };
  }
  return { units: groups, groups: [] };
};

/** Bold lines that stand for headings ("**Step 1: Title**"), for documents without any other. */
export const promoteBoldSteps = (pieces: readonly Piece[]): Piece[] =>
  pieces.map((piece) => {
    const bold =
      piece.type === 'line' && !piece.item && piece.depth === 0 ? /^\*\*([^*]+)\*\*:?$/.exec(piece.text) : null;
    const heading = bold ? readStepHeading(bold[1] ?? '') : null;
    if (!bold || !heading || heading.form === 'numbered') return piece;
    return {
      type: 'heading',
      depth: 6,
      text: bold[1] ?? '',
      start: piece.start,
      end: piece.end,
    } satisfies HeadingPiece;
  });
