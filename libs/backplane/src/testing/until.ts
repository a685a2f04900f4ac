/** Waits for a condition; fails with what was waited for. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  limitMs = 15_000,
): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`Waited ${limitMs} ms in vain until ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** How long `work` takes, in milliseconds, and whether it was rejected with a Fault of which code. */
export async function timed(work: Promise<unknown>): Promise<{ ms: number; code: string }> {
  const begin = performance.now();
  const code = await work.then(
    () => 'none',
    (error: { code?: string; message: string }) => error.code ?? error.message,
  );
  return { ms: performance.now() - begin, code };
}
