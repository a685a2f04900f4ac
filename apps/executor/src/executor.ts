import type { Backplane, JobContext, JobHandlers } from '@lockstep/backplane';
import type { JobName } from '@lockstep/contracts';
import { openBlobs, type Database } from '@lockstep/database';
import {
  serializedInterval,
  type ExecutorConfig,
  type Logger,
  type SerializedInterval,
  type Service,
} from '@lockstep/runtime';
import { isolationTier } from '@lockstep/supervise';
import { startAgentSetup, type AgentSetup } from './agent-setup';
import { driveRun, type DriverParts } from './drive-run';
import { OneDriveARun } from './lease/one-drive-a-run';
import { RunControl } from './lease/run-control';
import { claimRoot, type RootClaim } from './workspace/claim-root';
import { SignsOfLife } from './lease/signs-of-life';
import { pruneWorkspaces } from './workspace/prune';
import { pruneDisk } from './workspace/retention';

export interface ExecutorParts {
  readonly database: Database;
  readonly backplane: Backplane;
  readonly config: ExecutorConfig;
  readonly logger: Logger;
}

export interface Executor extends Service {
  /** How many runs it drives. */
  readonly busy: number;
}

/** Takes runs while it has free slots and drives each one. Stops by draining: a turn may end, then the lease is handed over. */
export function createExecutor({ database, backplane, config: said, logger }: ExecutorParts): Executor {
  const controls = new Set<RunControl>();
  let claim: RootClaim | undefined;
  let agent: AgentSetup | undefined;
  let pruning: readonly SerializedInterval[] = [];
  const consumer = backplane.consumer();
  const drives = new OneDriveARun();
  const signs = new SignsOfLife({ database, config: said, logger, busy: () => consumer.active });
  const handle =
    (parts: DriverParts, rung: JobName) =>
    ({ runId }: { runId: string }, context: JobContext) =>
      drives.drive(runId, rung, async (job) => {
        // What is not taken any more is rung again by the sweeper, for somebody else.
        if (!stopping) await whileControlled(controls, context, (control) => driveRun(parts, job, runId, control));
      });
  let stopping: Promise<void> | undefined;
  return {
    get busy() {
      return consumer.active;
    },
    start: async () => {
      claim = await claimRoot(said.workspaceRoot, said.executorId);
      const config = { ...said, workspaceRoot: claim.root };
      const blobs = await openBlobs(said.snapshotDir);
      const common = { db: database, blobs, nudges: backplane.nudges, config, logger };
      await tellIsolation(logger);
      agent = await startAgentSetup(common);
      const parts: DriverParts = { ...common, agent };
      pruning = prune({ database, config, logger });
      const handlers = forEachJob((rung) => handle(parts, rung));
      consumer.consume(handlers, { concurrency: config.concurrency });
      signs.start();
    },
    stop: (hurry) =>
      (stopping ??= drain({ consumer, controls, signs, graceMs: said.drainGraceMs, hurry }).then(async () => {
        await Promise.all([...pruning.map((each) => each.stop()), agent?.stop(), signs.stop()]);
        await claim?.release();
      })),
  };
}

const forEachJob = (handler: (rung: JobName) => JobHandlers[JobName]): JobHandlers => ({
  'stage.implementation': handler('stage.implementation'),
  'stage.delivery': handler('stage.delivery'),
});

async function tellIsolation(logger: Logger): Promise<void> {
  const { tier, detail } = await isolationTier();
  logger.info({ tier, detail, wall: 'none' }, 'no wall stands around the agent yet: it runs as this user, supervised');
}

const prune = ({ database, config, logger }: Omit<ExecutorParts, 'backplane'>): SerializedInterval[] => {
  const onError = (err: unknown) =>
    logger.warn({ err }, 'what is no longer needed on this disk could not be removed; it is tried again');
  const ended = () => pruneWorkspaces(database, config.workspaceRoot, logger);
  return [
    serializedInterval({ everyMs: config.pruneIntervalMs, task: ended, onError }),
    serializedInterval({
      everyMs: config.retentionIntervalMs,
      task: () => pruneDisk({ database, config, logger }),
      onError,
    }),
  ];
};

async function whileControlled(
  controls: Set<RunControl>,
  context: JobContext,
  work: (control: RunControl) => Promise<void>,
): Promise<void> {
  const control = new RunControl();
  controls.add(control);
  // A lost queue lock says nothing about the run: its lease in Postgres decides. Only a closing consumer ends the work.
  context.signal.addEventListener(
    'abort',
    () => context.signal.reason === 'closing' && (control.interrupt('drain'), control.hurry()),
  );
  try {
    await work(control);
  } finally {
    controls.delete(control);
  }
}

interface Drain {
  readonly consumer: ReturnType<Backplane['consumer']>;
  readonly controls: ReadonlySet<RunControl>;
  readonly signs: SignsOfLife;
  readonly graceMs: number;
  readonly hurry: AbortSignal | undefined;
}

async function drain({ consumer, controls, signs, graceMs, hurry }: Drain): Promise<void> {
  signs.drain();
  consumer.pause();
  for (const control of controls) control.interrupt('drain');
  await consumer.close({ graceMs, ...(hurry ? { hurry } : {}) });
}
