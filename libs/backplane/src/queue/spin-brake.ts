/** More faults than this without a turn of the event loop in between is a spin. */
const limit = 200;

/**
 * A worker that is opened while Postgres is away keeps the failure and takes it for an answer: it asks again and again without waiting
 * for anything, no timer of the process fires any more, and nothing but a call from within ends it. Called at each fault, the brake
 * calls `stop` once when the worker spins.
 */
export function spinBrake(stop: () => void): () => void {
  let faults = 0;
  let stopped = false;
  return () => {
    if (stopped) return;
    if (faults === 0) setImmediate(() => (faults = 0));
    faults += 1;
    if (faults <= limit) return;
    stopped = true;
    stop();
  };
}
