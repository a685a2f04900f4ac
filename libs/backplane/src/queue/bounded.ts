import { Fault, isFault } from '@lockstep/contracts';

/** The answer to `work`, or Fault `queue_unavailable` when it fails or takes longer than the limit. What comes too late is dropped. */
export async function bounded<T>(what: string, limitMs: number, work: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([work(), tooLate]);
  } catch (error) {
    throw unavailable(what, error);
  } finally {
    clearTimeout(timer);
  }
}

export function unavailable(what: string, error: unknown): Fault {
  if (isFault(error)) return error;
  const why = error instanceof Error ? error.message : String(error);
  return new Fault(
    'queue_unavailable',
    `${what} failed: ${why}. The state in Postgres is safe; the ring is tried again when the queue answers.`,
    [],
    { cause: error },
  );
}

/** Waits for `work` at most so long, and doesn't care how it ends: for closing things that may be dead. */
export async function atMost(limitMs: number, work: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), limitMs);
  });
  const done = work.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([done, tooLate]);
  } finally {
    clearTimeout(timer);
  }
}
