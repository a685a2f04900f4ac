import type { QueueName } from '@lockstep/contracts';
import type { Job, Queue, Worker } from 'bullmq';

/** BullMQ's Queue and Worker, without the type parameters that differ between its Redis and its Postgres side. */
export type JobQueue = Pick<Queue, 'add' | 'getJobCounts' | 'obliterate' | 'waitUntilReady' | 'close' | 'disconnect'> &
  Emitter;
export type JobWorker = Pick<Worker, 'pause' | 'close' | 'disconnect' | 'concurrency'> & Emitter;
export type AnyJob = Pick<Job, 'id' | 'name' | 'data' | 'moveToWait'>;

interface Emitter {
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'lockRenewalFailed', listener: (jobIds: string[]) => void): unknown;
}

export type ProcessJob = (job: AnyJob, token: string | undefined) => Promise<void>;

/** What producer, consumer and admin need of a server. One implementation per backplane. */
export interface QueueDriver {
  /** Rejects at once when the connection is known to be down. */
  queue(name: QueueName): Promise<JobQueue>;
  createWorker(name: QueueName, process: ProcessJob, concurrency: number): JobWorker;
}

/** A ring's id as a job id: BullMQ refuses ids with a colon and ids that are whole numbers. */
export const jobIdOf = (ringId: string): string => `ring-${encodeURIComponent(ringId)}`;
export const ringIdOf = (jobId: string): string => decodeURIComponent(jobId.replace(/^ring-/, ''));

/** Settings of a worker on either side. Tries are counted in Postgres, never here, so a stalled job comes back without end. */
export const workerOptions = (
  times: { readonly lockMs: number; readonly stalledCheckMs: number },
  concurrency: number,
) => ({
  concurrency,
  lockDuration: times.lockMs,
  stalledInterval: times.stalledCheckMs,
  maxStalledCount: 1_000_000_000,
  removeOnComplete: { count: 0 },
  removeOnFail: { count: 0 },
  /** BullMQ waits this long after a connection fault; its default of 15 s is most of the delay after an outage. */
  runRetryDelay: 500,
});

/** Opens each queue once; one that could not be opened is tried anew by the next caller. */
export function queueCache(open: (name: QueueName) => JobQueue, onError: (error: Error) => void) {
  const opened = new Map<QueueName, Promise<JobQueue>>();
  const create = async (name: QueueName) => {
    const queue = open(name);
    queue.on('error', onError);
    try {
      await queue.waitUntilReady();
      return queue;
    } catch (error) {
      opened.delete(name);
      void queue.disconnect().catch(() => undefined);
      throw error;
    }
  };
  return {
    get: (name: QueueName): Promise<JobQueue> => {
      const queue = opened.get(name) ?? create(name);
      opened.set(name, queue);
      return queue;
    },
    all: () => [...opened.values()],
  };
}
