import type { Run } from '@lockstep/contracts';
import { askQuestion, letGo, moveStep, takeLease, writeUnderLease, type Lease } from '@lockstep/database';
import type { ApiUnderTest, Client } from './api-under-test';
import { newRun } from './fixtures';

/** What an executor does to a run, as far as the API's specs need it. */
export async function take({ test }: ApiUnderTest, runId: string): Promise<Lease> {
  const spec = { runId, executorId: 'executor-a', leaseMs: 60_000, stage: 'implementation' as const };
  const taken = await takeLease(test.database, spec);
  if (!taken) throw new Error(`the run ${runId} could not be taken`);
  return taken.lease;
}

/** A run that waits for the answers to some questions about its first step. */
export async function block(
  under: ApiUnderTest,
  client: Client,
  texts: readonly string[],
): Promise<{ run: Run; questions: string[] }> {
  const run = await newRun(under, client);
  const lease = await take(under, run.id);
  const questions = await writeUnderLease(under.test.database, lease, async (tx) => {
    await moveStep(tx, { runId: run.id, key: '1', to: 'in_progress' });
    await moveStep(tx, { runId: run.id, key: '1', to: 'blocked' });
    const ids: string[] = [];
    for (const text of texts) {
      const asked = { runId: run.id, stepKey: '1', attempt: null, category: 'blocker' as const, text };
      ids.push(await askQuestion(tx, { ...asked, options: ['yes', 'no'] }));
    }
    const stage = 'implementation' as const;
    await letGo(tx, { id: run.id, stage }, { to: 'blocked', action: 'stage3_blocked', waitReason: 'question' });
    return ids;
  });
  return { run, questions };
}
