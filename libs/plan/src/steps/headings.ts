import { plain, withoutMarks } from '../markdown/text';

/** A heading that may open a step. `group` words hold steps; `unit` words are steps; `numbered` has just a number. */
export interface StepHeading {
  readonly form: 'group' | 'unit' | 'numbered';
  /** `step`, `task`, `phase`; empty for numbered headings. */
  readonly word: string;
  readonly number: string;
  readonly title: string;
}

const number = String.raw`(\[?(?:[A-Z]{1,4}-?)?\d+[a-z]?(?:[._]\d+)*[a-z]?\]?|\[?[A-Z]\]?(?=\s*[:.)–—-]|\s*$))`;
const units = 'sub-?steps?|sub-?tasks?|steps?|tasks?|work item|story|iteration';
const groups = 'phase|milestone|stage|epic|part|sprint|week|day|wave|chunk|module|track';
/** A space or a hash between the word and its number; a figure may follow at once. */
const gap = String.raw`(?:\s*#\s*|\s+|(?=\d))`;
const tail = String.raw`(?:\s*(?:of|\/)\s*\d+)?(?:\s*[:.)|–—-]+\s*|\s+|$)(.*)$`;

const unit = new RegExp(`^(${units})${gap}${number}${tail}`, 'i');
const group = new RegExp(`^(${groups})${gap}${number}(?=\\s*[:.)|–—(-]|\\s*$)${tail}`, 'i');
const numbered = /^(\d{1,3}(?:\.\d{1,3})*[a-z]?)(?:[.):]\s*|\s+[-–—]?\s*)(\S.*)$/;

const clean = (text: string): string =>
  withoutMarks(plain(text))
    .replace(/^\[[ xX]\]\s*/, '')
    .replace(/\s*[[(](?:done|completed?|pending|optional)[\])]\s*$/i, '');

export const readStepHeading = (heading: string): StepHeading | null => {
  const text = clean(heading.slice(0, 400));
  for (const [form, pattern] of [
    ['unit', unit],
    ['group', group],
  ] as const) {
    const found = pattern.exec(text);
    if (found && !/^\[?[a-z]\]?$/.test(found[2] ?? ''))
      return {
        form,
        word: (found[1] ?? '').toLowerCase().replace(/s$/, ''),
        number: (found[2] ?? '').replace(/[[\]]/g, ''),
        title: (found[3] ?? '').trim() || text,
      };
  }
  const found = numbered.exec(text);
  return found ? { form: 'numbered', word: '', number: found[1] ?? '', title: (found[2] ?? '').trim() } : null;
};

/** Sections of a plan that hold no steps, whatever their headings look like. */
const known =
  /^(?:overview|summary|introduction|background|context|goals?|non-goals|scope|motivation|deliverables|prerequisites?|requirements|success criteria|acceptance criteria|architecture|design|design decisions|review decisions.*|file structure|principles|tech(?:nology)? stack|test summary|testing strategy.*|test plan|production-grade checklist|checklist|what "?done"? looks like|definition of done|files.*|dependencies|risks.*|error codes.*|next steps.*|open questions|references|appendix.*|glossary|rollback.*|timeline|estimates?|notes|lessons learned|validation commands|future work|out of scope|assumptions|constraints|troubleshooting|execution handoff|self-review|conclusion)$/i;

/** A section's name without number, marks and emphasis. */
export const sectionName = (title: string): string =>
  withoutMarks(plain(title))
    .replace(/^(?:\d+(?:\.\d+)*[.):]?\s+|[A-Z][.)]\s+)/, '')
    .replace(/[“”]/g, '"')
    .replace(/:$/, '')
    .trim();

export const isKnownSection = (title: string): boolean => known.test(sectionName(title));

/** A section that is named as the place of the steps. */
export const isStepsSection = (title: string): boolean =>
  /^(?:implementation(?: steps| plan| tasks| phases)?|steps|tasks|task list|plan|execution(?: plan| steps)?|work breakdown|milestones|phases|development (?:steps|plan)|action plan)$/i.test(
    sectionName(title),
  );
