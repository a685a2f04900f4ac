import { databaseTime } from '@lockstep/database';
import type { ComeBack } from '@lockstep/domain';
import type { RunContext } from '../run/run-context';

const mostDoublings = 6;

/**
 * When a run may try a provider again that refused it: when the provider says, else after a wait that doubles with every refusal in a
 * row. Without it a run would come back at once, and again, as long as the refusal lasts. Waits are counted on the database's clock,
 * which is the one that they are compared with.
 */
export async function resumeTime(context: RunContext, stepKey: string, named: ComeBack | null): Promise<Date> {
  if (named !== null && 'at' in named) return named.at;
  const waitMs = named?.afterMs ?? (await ownWaitMs(context, stepKey));
  return new Date((await databaseTime(context.store.db)).getTime() + waitMs);
}

async function ownWaitMs(context: RunContext, stepKey: string): Promise<number> {
  const refusals = await refusalsInARow(context, stepKey);
  return context.config.providerWaitMs * 2 ** Math.min(refusals, mostDoublings);
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
