import { parentPort } from 'node:worker_threads';
import type { PlanDocument } from '@lockstep/contracts';
import { parsePlan, type ParseOptions } from '../parse';

/** What a thread is asked: one plan at a time. */
export interface ReadRequest {
  readonly source: string;
  readonly options: ParseOptions;
}

/** The thread's side: answers each plan that it is given. What it throws ends it. */
parentPort?.on('message', ({ source, options }: ReadRequest) => {
  const read: PlanDocument = parsePlan(source, options);
  parentPort?.postMessage(read);
});
