import { setTimeout as delay } from 'node:timers/promises';

export interface WaitOptions {
  /** Milliseconds until the wait fails; 10 s when left out. */
  readonly timeoutMs?: number;
  /** What is waited for, for the failure's message: "the run to be blocked". */
  readonly what: string;
  /** Milliseconds between two looks; 20 when left out. */
  readonly everyMs?: number;
}

/**
 * Waits until `condition` gives something truthy, and gives it back. A condition that throws has not come true yet; its last
 * error is the cause of the failure.
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  options: WaitOptions,
): Promise<NonNullable<Exclude<T, false>>> {
  const { timeoutMs = 10_000, everyMs = 20, what } = options;
  const deadline = performance.now() + timeoutMs;
  for (let last: Look<T> = await look(condition); ; last = await look(condition)) {
    if (last.value) return last.value as NonNullable<Exclude<T, false>>;
    if (performance.now() >= deadline)
      throw new Error(`Waited ${timeoutMs} ms in vain for ${what}.${shown(last)}`, { cause: last.error });
    await delay(everyMs);
  }
}

interface Look<T> {
  readonly value?: T;
  readonly error?: unknown;
}

async function look<T>(condition: () => T | Promise<T>): Promise<Look<T>> {
  try {
    return { value: await condition() };
  } catch (error) {
    return { error };
  }
}

function shown({ value, error }: Look<unknown>): string {
  return error === undefined ? ` Last seen: ${JSON.stringify(value)}.` : ` Last error: ${String(error)}.`;
}
