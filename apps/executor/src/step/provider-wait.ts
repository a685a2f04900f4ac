import type { RunContext } from '../run/run-context';

const mostDoublings = 6;

/**
 * When a run may try a provider again that refused it: at the time that the provider names, else after a wait that doubles with every
 * refusal in a row. Without it a run would come back at once, and again, as long as the refusal lasts.
 */
export async function resumeTime(context: RunContext, stepKey: string, named: Date | null): Promise<Date> {
  if (named !== null) return named;
  const refusals = await refusalsInARow(context, stepKey);
  return new Date(Date.now() + context.config.providerWaitMs * 2 ** Math.min(refusals, mostDoublings));
}

async function refusalsInARow({ store, run }: RunContext, stepKey: string): Promise<number> {
  const attempts = await store.db.prisma.attempt.findMany({
    where: { runId: run.id, stepKey, outcome: { not: null } },
    orderBy: { number: 'desc' },
    select: { outcome: true },
    take: mostDoublings + 1,
  });
  const other = attempts.findIndex(({ outcome }) => outcome !== 'rate_limited');
  return other === -1 ? attempts.length : other;
}
