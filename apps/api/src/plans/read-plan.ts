import type { PlanDocument, Project, SubmitPlan } from '@lockstep/contracts';
import { parsePlanInWorker } from '@lockstep/plan';

/**
 * Reads a document as the project would have it carried out, in a thread with a deadline: no document holds up the others' requests.
 * What is wrong with it is in `problems`. The request's profile counts first, then the project's own, then the document's.
 */
export function readPlan({ document, profile }: SubmitPlan, { settings }: Project): Promise<PlanDocument> {
  const chosen = profile ?? (settings.profile === 'feature' ? undefined : settings.profile);
  const projectVerify = settings.verify.length > 0;
  return parsePlanInWorker(document, { projectVerify, ...(chosen === undefined ? {} : { profile: chosen }) });
}
