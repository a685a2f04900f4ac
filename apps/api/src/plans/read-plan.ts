import type { PlanDocument, Project, SubmitPlan } from '@lockstep/contracts';
import { PlanReaders } from '@lockstep/plan';
import { Slots, type Service } from '@lockstep/runtime';

/** Each thread may take half a gigabyte before its plan is given up. */
const threads = new Slots(4);
const readers = new PlanReaders();

/** A thread stands ready from the API's start on: a plan need not wait for one. */
export const planReading: Service = {
  start: async () => readers.start(),
  stop: () => readers.stop(),
};

/**
 * Reads a document as the project would have it carried out, in a thread with a deadline: no document holds up the others' requests.
 * What is wrong with it is in `problems`. The request's profile counts first, then the project's own, then the document's.
 */
export function readPlan(
  {
    document,
    profile,
    settings: own,
  }: Pick<SubmitPlan, 'document' | 'settings'> & { readonly profile?: string | undefined },
  { settings }: Project,
): Promise<PlanDocument> {
  const chosen = profile ?? (settings.profile === 'feature' ? undefined : settings.profile);
  const projectVerify = settings.verify.length > 0;
  const criteria = own?.criteria ?? settings.criteria;
  const options = {
    projectVerify,
    ...(chosen === undefined ? {} : { profile: chosen }),
    ...(criteria === undefined ? {} : { criteria }),
  };
  return threads.run(() => readers.read(document, options));
}
