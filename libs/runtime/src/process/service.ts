/**
 * What a process starts and stops: a whole app or one part of it.
 *
 * `stop` works twice, before `start`, and while `start` is still waiting for something (which it then gives up). It takes the time
 * that an orderly end takes; `hurry` aborts when somebody has lost patience.
 */
export interface Service {
  start(): Promise<void>;
  stop(hurry?: AbortSignal): Promise<void>;
}

/**
 * Several services as one: started in the given order, stopped in the opposite one. When one fails to start, or `stop` comes in
 * between, those that had begun are stopped and the others never start. The first fault wins, but all are stopped.
 */
export function composeServices(parts: readonly Service[]): Service {
  const begun: Service[] = [];
  let stopping: Promise<void> | undefined;
  const stop = (hurry?: AbortSignal) => (stopping ??= stopInReverse(begun, hurry));
  return {
    start: async () => {
      for (const part of parts) {
        if (stopping !== undefined) return;
        begun.push(part);
        await part.start().catch(async (error: unknown) => {
          await stop().catch(() => undefined);
          throw error;
        });
      }
    },
    stop,
  };
}

async function stopInReverse(begun: readonly Service[], hurry?: AbortSignal): Promise<void> {
  const faults: unknown[] = [];
  for (const part of [...begun].reverse()) await part.stop(hurry).catch((error: unknown) => faults.push(error));
  if (faults.length > 0) throw faults[0];
}
