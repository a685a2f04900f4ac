import { guidelinesOf as guidelinesOfProfile } from '@lockstep/plan';
import type { RunContext } from '../run/run-context';

/** The working discipline of the run's profile, one sentence each, as it goes into the first prompt. */
export const guidelinesOf = ({ settings, plan }: RunContext): readonly string[] =>
  guidelinesOfProfile(settings, plan.parsed.slug);
