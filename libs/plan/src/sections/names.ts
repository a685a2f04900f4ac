import { sectionName } from '../steps/headings';

export type SectionRole =
  | 'overview'
  | 'deliverables'
  | 'prerequisites'
  | 'criteria'
  | 'checklist'
  | 'done'
  | 'files'
  | 'dependencies'
  | 'risks'
  | 'testSummary'
  | 'validation'
  | 'steps';

const roles: readonly (readonly [SectionRole, RegExp])[] = [
  ['overview', /^(?:overview|summary)$/i],
  ['deliverables', /^(?:key )?deliverables?$/i],
  ['prerequisites', /^(?:pre-?requisites?|before you (?:start|begin)|preparation|baseline)$/i],
  ['criteria', /^(?:success|acceptance|exit) criteria$|^definition of done$/i],
  [
    'checklist',
    /^(?:production[- ]grade|production readiness|quality|final|completion|pre-merge) ?checklist$|^checklist$/i,
  ],
  [
    'done',
    /^what "?done"? looks like$|^(?:final|overall|end-to-end) (?:verification|validation|check)s?$|^verification(?: plan)?$|^validation$/i,
  ],
  [
    'files',
    /^files?(?: to (?:create|modify|change|touch|edit).*| changed| summary| affected)?$|^(?:file changes|affected files|critical files)$/i,
  ],
  ['dependencies', /^(?:new )?dependenc(?:y|ies)$/i],
  ['risks', /^risks?\b/i],
  ['testSummary', /^test summary$|^affected tests\b/i],
  ['validation', /^(?:validation|verification|test|check) commands?$/i],
  [
    'steps',
    /^implementation(?: steps| plan| tasks| phases)?$|^(?:steps|tasks|task list|execution steps|action plan|phases)$/i,
  ],
];

/** What a section of the document is for; null for sections that only a reader understands. */
export const roleOf = (title: string): SectionRole | null => {
  const name = sectionName(title);
  return roles.find(([, pattern]) => pattern.test(name))?.[0] ?? null;
};
