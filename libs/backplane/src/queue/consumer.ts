import { queueNames } from '@lockstep/contracts';
import { Fault } from '@lockstep/contracts';
import type { Logger } from '@lockstep/runtime';
import type { BackplaneTimes, JobHandlers, QueueConsumer } from '../ports';
import type { QueueDriver } from './driver';
import { QueueListener } from './listener';

/** One listener per queue of the catalogue, as one consumer. */
export function createConsumer(driver: QueueDriver, times: BackplaneTimes, logger: Logger): QueueConsumer {
  let listeners: readonly QueueListener[] = [];
  let closing: Promise<void> | undefined;
  return {
    consume: (handlers: JobHandlers, { concurrency }) => {
      if (listeners.length > 0 || closing) throw new Fault('internal', 'A consumer consumes once: make a new one.');
      listeners = queueNames.map((queue) => new QueueListener({ driver, queue, handlers, concurrency, times, logger }));
      listeners.forEach((listener) => listener.start());
    },
    get active() {
      return listeners.reduce((sum, listener) => sum + listener.active, 0);
    },
    pause: () => listeners.forEach((listener) => listener.pause()),
    close: ({ graceMs = 0, hurry } = {}) =>
      (closing ??= Promise.all(listeners.map((listener) => listener.close(graceMs, hurry))).then(() => undefined)),
  };
}
