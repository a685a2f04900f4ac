import { isFault, projectSettings, type JobName, type PlanDocument, type StageName } from '@lockstep/contracts';
import { askQuestion, closeAttempt, letGo, takeLease, type Database, type TakenRun } from '@lockstep/database';
import type { Nudges } from '@lockstep/backplane';
import { withCorrelation, type ExecutorConfig, type Logger } from '@lockstep/runtime';
import type { AgentSetup } from './agent-setup';
import { LeaseKeeper } from './lease/lease-keeper';
import { RunControl } from './lease/run-control';
import { askToRetry, type RunEnd } from './run/run-end';
import type { RunContext } from './run/run-context';
import { RunStore } from './run/run-store';
import { deliver } from './stage/deliver';
import { implement } from './stage/implementation';

export interface DriverParts {
  readonly db: Database;
  readonly nudges: Nudges;
  readonly config: ExecutorConfig;
  readonly agent: AgentSetup;
  readonly logger: Logger;
}

const stageOf: Record<JobName, StageName> = { 'stage.implementation': 'implementation', 'stage.delivery': 'delivery' };

/**
 * One job: takes the run's lease, drives it, and lets go. A bell that is late or rings twice finds nothing to take. Whatever goes
 * wrong on our side becomes a question; only a lost lease leaves the run to whoever holds it.
 */
export async function driveRun(parts: DriverParts, job: JobName, runId: string, control: RunControl): Promise<void> {
  const { db, config } = parts;
  const taken = await takeLease(db, {
    runId,
    executorId: config.executorId,
    leaseMs: config.leaseMs,
    stage: stageOf[job],
  });
  if (!taken) return;
  await withCorrelation({ runId }, async () => {
    const store = new RunStore(db, taken.lease, parts.nudges);
    store.announce(taken.run.event_seq);
    const keeper = new LeaseKeeper(db, taken.lease, config, control, parts.logger);
    keeper.start();
    try {
      const context = await contextOf(parts, taken, store, control);
      const end = await endOf(context, stageOf[job], parts.agent);
      if (end) await release(context, end);
    } catch (error) {
      parts.logger.error({ err: error }, 'the run could not be let go of; the sweeper gives it back');
    } finally {
      parts.agent.forget(runId);
      keeper.stop();
    }
  });
}

async function contextOf(
  { db, config, logger }: DriverParts,
  { run, previousDriver }: TakenRun,
  store: RunStore,
  control: RunControl,
): Promise<RunContext> {
  const [plan, project] = await Promise.all([
    db.prisma.plan.findUniqueOrThrow({ where: { id: run.plan_id } }),
    db.prisma.project.findUniqueOrThrow({ where: { id: run.project_id } }),
  ]);
  return {
    run,
    previousDriver,
    plan: { id: plan.id, document: plan.document, path: plan.path, parsed: plan.parsed as unknown as PlanDocument },
    repository: project.repository,
    settings: projectSettings.parse(run.settings),
    store,
    control,
    config,
    logger,
  };
}

/** Null: the lease is lost, and there is nothing that may be written. */
async function endOf(context: RunContext, stage: StageName, agent: AgentSetup): Promise<RunEnd | null> {
  try {
    return stage === 'delivery' ? await deliver(context) : await implement(context, agent);
  } catch (error) {
    if (context.control.isLeaseLost || isFault(error, 'lease_lost')) return null;
    if (isFault(error, 'database_unavailable')) throw error;
    context.logger.error({ err: error }, 'the run cannot go on');
    return askToRetry(
      `The run cannot go on: ${isFault(error) ? error.message : 'something went wrong on our side; the executor’s log tells more.'} Mend what it needs and answer "Try again".`,
    );
  }
}

async function release({ store, run }: RunContext, end: RunEnd): Promise<void> {
  await store.write(async (tx) => {
    await end.within?.(tx);
    await closeAttempt(tx, run.id, end.to === 'cancelled' ? 'cancelled' : 'interrupted', end.reason ?? null);
    if (end.question) await askQuestion(tx, { runId: run.id, category: 'blocker', ...end.question });
    await letGo(tx, run, end);
  });
}
