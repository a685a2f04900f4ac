import { statfs } from 'node:fs/promises';
import { isFault, type JobName, type PlanDocument, type StageName } from '@lockstep/contracts';
import { isFinal, runMoves } from '@lockstep/domain';
import {
  askQuestion,
  bindToCredential,
  closeAttempt,
  letGo,
  takeLease,
  type BlobStore,
  type Database,
  type TakenRun,
} from '@lockstep/database';
import type { Nudges } from '@lockstep/backplane';
import { pathOf, readRunSettings } from '@lockstep/plan';
import { removeWorkspace } from '@lockstep/workspace';
import { withCorrelation, type ExecutorConfig, type Logger } from '@lockstep/runtime';
import type { AgentSetup } from './agent-setup';
import { LeaseKeeper } from './lease/lease-keeper';
import { RunControl } from './lease/run-control';
import { askedBeside, askToRetry, NotKept, type RunEnd } from './run/run-end';
import type { RunContext } from './run/run-context';
import { RunStore } from './run/run-store';
import { deliver } from './stage/deliver';
import { implement } from './stage/implementation';

export interface DriverParts {
  readonly db: Database;
  /** Where the bytes of snapshots lie. */
  readonly blobs: BlobStore;
  readonly nudges: Nudges;
  readonly config: ExecutorConfig;
  readonly agent: AgentSetup;
  readonly logger: Logger;
}

const stageOf: Record<JobName, StageName> = { 'stage.implementation': 'implementation', 'stage.delivery': 'delivery' };

type Stage = (context: RunContext) => Promise<RunEnd>;

/**
 * One job: takes the run's lease, drives it, and lets go. A bell that is late or rings twice finds nothing to take. The stage after is
 * taken at once: its bell, which rings all the same, is for the case that this executor is gone by then.
 */
export async function driveRun(parts: DriverParts, job: JobName, runId: string, control: RunControl): Promise<void> {
  let name = stageOf[job];
  let stage: Stage | undefined = name === 'delivery' ? deliver : (context) => implement(context, parts.agent);
  while (stage !== undefined) {
    const taken = await takeRun(parts, runId, name);
    if (!taken) return;
    const drive: Stage = stage;
    const end: RunEnd | null = await withCorrelation({ runId }, () => driveStage(parts, taken, control, drive));
    name = end?.stage ?? name;
    stage = control.isInterrupted ? undefined : end?.next;
  }
}

async function takeRun({ db, config, agent }: DriverParts, runId: string, stage: StageName): Promise<TakenRun | null> {
  const { executorId, leaseMs } = config;
  const credential = stage === 'implementation' ? { credential: agent.credential.use } : {};
  const taken = await takeLease(db, { runId, executorId, leaseMs, stage, ...credential });
  if (taken?.probes) agent.credential.probedBy(runId);
  return taken;
}

/**
 * Whatever goes wrong on our side becomes a question; only a lost lease leaves the run to whoever holds it. Null: the run was not let
 * go of by us.
 */
async function driveStage(
  parts: DriverParts,
  taken: TakenRun,
  control: RunControl,
  stage: Stage,
): Promise<RunEnd | null> {
  const { db, config } = parts;
  const store = new RunStore(db, taken.lease, parts.nudges, parts.blobs);
  store.announce(taken.run.event_seq);
  const keeper = new LeaseKeeper(db, taken.lease, config, control, parts.logger);
  keeper.start();
  try {
    const end = await endOf(parts, control, async () => stage(await contextOf(parts, taken, store, control)));
    if (end) await release(parts, store, taken, end);
    keeper.stop();
    if (end && isFinal(runMoves, end.to)) await clearAway(parts, taken.run.id);
    return end;
  } catch (error) {
    parts.logger.error({ err: error }, 'the run could not be let go of; the sweeper gives it back');
    return null;
  } finally {
    parts.agent.forget(taken.run.id);
    keeper.stop();
  }
}

/** Whoever looks for workspaces of ended runs comes back to what stays now. */
const clearAway = ({ config, logger }: DriverParts, runId: string): Promise<void> =>
  removeWorkspace(config.workspaceRoot, runId).catch((err: unknown) =>
    logger.warn({ err, runId }, 'the workspace of an ended run could not be removed; it is tried again'),
  );

async function contextOf(
  { db, config, logger, agent }: DriverParts,
  { run, previousDriver }: TakenRun,
  store: RunStore,
  control: RunControl,
): Promise<RunContext> {
  const [plan, project] = await Promise.all([
    db.prisma.plan.findUniqueOrThrow({ where: { id: run.plan_id } }),
    db.prisma.project.findUniqueOrThrow({ where: { id: run.project_id } }),
  ]);
  const settings = readRunSettings(run.settings);
  const parsed = plan.parsed as unknown as PlanDocument;
  const resultsPath = pathOf(settings.places.results, { slug: parsed.slug });
  return {
    run,
    previousDriver,
    plan: { id: plan.id, document: plan.document, path: plan.path, parsed, resultsPath },
    repository: project.repository,
    settings,
    store,
    control,
    config,
    credential: agent.credential,
    logger,
  };
}

/** Null: the lease is lost, and there is nothing that may be written. */
async function endOf(parts: DriverParts, control: RunControl, drive: () => Promise<RunEnd>): Promise<RunEnd | null> {
  try {
    return await drive();
  } catch (thrown) {
    const { cause: error, end } = thrown instanceof NotKept ? thrown : { cause: thrown, end: undefined };
    if (control.isLeaseLost || isFault(error, 'lease_lost')) return null;
    if (isFault(error, 'database_unavailable')) throw error;
    parts.logger.error({ err: error }, 'the run cannot go on');
    const what = await troubleOf(error, parts.config);
    return askedBeside(askToRetry(`The run cannot go on: ${what} Mend what it needs and answer "Try again".`), end);
  }
}

const fullDisk = /\bENOSPC\b|No space left on device/;
const nextToNothing = 1024 * 1024;

/** What a person can do something about, where the fault says what it is. Git does not always say that it is the disk. */
async function troubleOf(error: unknown, { executorId, workspaceRoot }: ExecutorConfig): Promise<string> {
  const { bavail, bsize } = await statfs(workspaceRoot).catch(() => ({ bavail: Infinity, bsize: 1 }));
  const what = isFault(error) ? error.message : 'something went wrong on our side; the executor’s log tells more.';
  // The volume of the snapshots is another disk, which its fault names.
  if (isFault(error, 'snapshots_unavailable')) return what;
  return fullDisk.test(String(error)) || bavail * bsize < nextToNothing
    ? `the disk of executor ${executorId} that holds ${workspaceRoot} is full (${what}) Make room there.`
    : what;
}

async function release({ agent }: DriverParts, store: RunStore, { run }: TakenRun, end: RunEnd): Promise<void> {
  await agent.credential.settled();
  await store.write(async (tx) => {
    await end.within?.(tx);
    await closeAttempt(tx, run.id, end.attempt ?? 'interrupted', end.reason ?? null);
    for (const question of end.questions ?? [])
      await askQuestion(tx, { runId: run.id, category: 'blocker', ...question });
    const pause = await end.pause?.(tx);
    await letGo(tx, run, pause ? { ...end, ...pause, waitReason: 'credential' } : end);
    if (pause) await bindToCredential(tx, run.id, agent.credential.use.fingerprint, pause);
  });
}
