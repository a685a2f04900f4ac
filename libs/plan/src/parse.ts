import type { PlanDocument, PlanProblem, Profile } from '@lockstep/contracts';
import { buildDocument } from './document';
import { checkItems, checkLimits } from './limits';
import { lint } from './lint/lint';
import { profiles } from './profiles';
import { readDocument } from './read';

export interface ParseOptions {
  /** Overrides what the document says or implies. */
  readonly profile?: string;
  /** The project has a verification command of its own, so steps may go without. */
  readonly projectVerify?: boolean;
  /** What becomes of criteria that name nothing provable; the profile's own rule when left out. */
  readonly criteria?: Profile['criteria'];
}

const refused = (source: string, found: PlanProblem, profile: string): PlanDocument => ({
  title: 'Unread plan',
  slug: 'plan',
  dialect: 'unknown',
  profile,
  overview: {},
  deliverables: [],
  prerequisites: [],
  criteria: [],
  steps: [],
  checklist: [],
  doneLooksLike: [],
  affectedTests: [],
  files: [],
  dependencies: [],
  risks: [],
  sections: [],
  authorRoot: null,
  problems: [found],
  layout: source === '' ? [] : [source],
});

const ruleOf = (profile: string): Profile['criteria'] | undefined =>
  Object.entries(profiles).find(([name]) => name === profile)?.[1].criteria;

const byteOrderMark = '\uFEFF';

/**
 * Reads a plan in any of the dialects. Never throws: what is wrong with the document is in `problems`, and a document
 * with an error isn't to be carried out (see `acceptPlan`). Lines are 1-based.
 */
export const parsePlan = (source: string, options: ParseOptions = {}): PlanDocument => {
  const limit = checkLimits(source);
  if (limit) return refused(source, limit, options.profile ?? 'feature');
  const mark = source.startsWith(byteOrderMark) ? byteOrderMark : '';
  const reading = readDocument(source.slice(mark.length));
  const { plan, shared } = buildDocument(reading, mark, options.profile);
  const tooMany = checkItems(plan);
  if (tooMany) return refused(source, tooMany, options.profile ?? 'feature');
  const asksAboutCriteria = (options.criteria ?? ruleOf(plan.profile)) === 'ask';
  const projectVerify = options.projectVerify ?? false;
  const problems = lint({ plan, reading, shared, projectVerify, asksAboutCriteria });
  return { ...plan, problems };
};
