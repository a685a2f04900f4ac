import { z } from 'zod';

const runJob = z.strictObject({
  runId: z.uuid(),
  /** The run has been begun and lost its executor: it is gone on with before anything new is begun. */
  ahead: z.boolean().optional(),
});

interface JobRow {
  readonly queue: string;
  readonly payload: z.ZodType;
  /** Taken before what already waits: what was carried out is delivered before anything new is begun. */
  readonly ahead: boolean;
}

/**
 * The catalogue of jobs: name → queue and payload. A job is a doorbell, not a task: it says that a run in Postgres has something to
 * do, whoever hears it looks there, and hearing it twice or never changes nothing but the time. Payloads travel in clear text and
 * hold no more than ids and an order.
 *
 * All stages share one queue, so that an executor's slots are one number. To add a job, add a row: the consumer's handlers no longer
 * compile until one is written for it.
 */
export const jobs = {
  /** Stage 3: carry out the steps of a run's plan, from wherever it stands. */
  'stage.implementation': { queue: 'stages', payload: runJob, ahead: false },
  /** Stage 4: push the run's branch to the project's repository. */
  'stage.delivery': { queue: 'stages', payload: runJob, ahead: true },
} as const satisfies Record<string, JobRow>;

export type JobName = keyof typeof jobs;
export type JobPayload<N extends JobName> = z.infer<(typeof jobs)[N]['payload']>;
export type QueueName = (typeof jobs)[JobName]['queue'];

export const jobNames = Object.keys(jobs) as readonly JobName[];
export const queueNames: readonly QueueName[] = [...new Set(Object.values(jobs).map((job) => job.queue))];
