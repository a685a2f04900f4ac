/** Items on their way to a slow place, in order. */
export interface Batches<T> {
  /** Returns at once. After a write that failed nothing is taken any more. */
  push(items: readonly T[]): void;
  /** Resolves when everything pushed so far is written; rejects with what the first failing write threw. */
  settled(): Promise<void>;
}

/**
 * Writes in batches, one at a time: what comes during a write goes out together with the next. A quiet producer's item is written at
 * once, and a busy one's cost is shared, without a timer in between.
 * @param most items in one batch
 */
export function inBatches<T>(write: (items: readonly T[]) => Promise<unknown>, most = 500): Batches<T> {
  let waiting: T[] = [];
  let writing: Promise<void> | undefined;
  let failed: { readonly error: unknown } | undefined;
  const drain = async (): Promise<void> => {
    while (waiting.length > 0 && !failed) {
      const batch = waiting.slice(0, most);
      waiting = waiting.slice(most);
      await write(batch).catch((error: unknown) => (failed = { error }));
    }
    writing = undefined;
  };
  return {
    push: (items) => {
      if (failed || items.length === 0) return;
      waiting.push(...items);
      writing ??= drain();
    },
    settled: async () => {
      await writing;
      if (failed) throw failed.error;
    },
  };
}
