import { jobs, queueNames } from '@lockstep/contracts';
import type { QueueAdmin, QueueProducer } from '../ports';
import { bounded } from './bounded';
import { jobIdOf, type JobQueue, type QueueDriver } from './driver';

/** Removed at once when handled: a job's history lives in Postgres. */
const jobOptions = { attempts: 1, removeOnComplete: true, removeOnFail: true };

export const createProducer = (driver: QueueDriver, limitMs: number): QueueProducer => ({
  ring: async (job, payload, { id }) => {
    const { queue, payload: shape, ahead } = jobs[job];
    const data = shape.parse(payload);
    await bounded(`Ringing ${job}`, limitMs, async () =>
      (await driver.queue(queue)).add(job, data, {
        ...jobOptions,
        lifo: ahead || data.ahead === true,
        jobId: jobIdOf(id),
      }),
    );
  },
});

export function createAdmin(driver: QueueDriver, limitMs: number): QueueAdmin {
  const each = <T>(what: string, act: (queue: JobQueue) => Promise<T>) =>
    Promise.all(queueNames.map((name) => bounded(what, limitMs, async () => act(await driver.queue(name)))));
  const counts = async () => {
    const all = await each('Counting jobs', (queue) =>
      queue.getJobCounts('waiting', 'prioritized', 'delayed', 'active'),
    );
    const sum = (...kinds: readonly string[]) =>
      all.reduce((total, count) => kinds.reduce((part, kind) => part + (count[kind] ?? 0), total), 0);
    return { waiting: sum('waiting', 'prioritized', 'delayed'), active: sum('active') };
  };
  return {
    counts,
    isEmpty: async () => {
      const { waiting, active } = await counts();
      return waiting + active === 0;
    },
    obliterate: async () => void (await each('Emptying the queue', (queue) => queue.obliterate({ force: true }))),
  };
}
