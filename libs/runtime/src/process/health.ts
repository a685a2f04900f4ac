/** Resolves when the thing can be used, rejects with the reason when it cannot. */
export type HealthCheck = () => Promise<void>;

export interface HealthLine {
  readonly name: string;
  readonly ok: boolean;
  /** Why not. */
  readonly detail?: string;
}

export interface HealthReport {
  readonly ok: boolean;
  readonly checks: readonly HealthLine[];
}

/** What `/readyz` asks. `/healthz` says only that the process answers: a database that is away must not get it restarted. */
export interface Health {
  add(name: string, check: HealthCheck): void;
  remove(name: string): void;
  /** Asks all checks at once; one that takes longer than the limit counts as failed. Who asks meanwhile gets the same answer. */
  ready(): Promise<HealthReport>;
}

export function createHealth({ limitMs = 1_000 }: { readonly limitMs?: number } = {}): Health {
  const checks = new Map<string, HealthCheck>();
  let asking: Promise<HealthReport> | undefined;
  const askAll = async (): Promise<HealthReport> => {
    const lines = await Promise.all([...checks].map(([name, check]) => ask(name, check, limitMs)));
    return { ok: lines.every((line) => line.ok), checks: lines };
  };
  return {
    add: (name, check) => void checks.set(name, check),
    remove: (name) => void checks.delete(name),
    ready: () => (asking ??= askAll().finally(() => (asking = undefined))),
  };
}

async function ask(name: string, check: HealthCheck, limitMs: number): Promise<HealthLine> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
  });
  try {
    await Promise.race([check(), tooLate]);
    return { name, ok: true };
  } catch (error) {
    return { name, ok: false, detail: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
