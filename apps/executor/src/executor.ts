import type { Backplane, JobContext } from '@lockstep/backplane';
import type { JobName } from '@lockstep/contracts';
import type { Database } from '@lockstep/database';
import type { ExecutorConfig, Logger, Service } from '@lockstep/runtime';
import { isolationTier } from '@lockstep/supervise';
import { startAgentSetup, type AgentSetup } from './agent-setup';
import { driveRun, type DriverParts } from './drive-run';
import { RunControl } from './lease/run-control';
import { pruneWorkspaces } from './prune';

export interface ExecutorParts {
  readonly database: Database;
  readonly backplane: Backplane;
  readonly config: ExecutorConfig;
  readonly logger: Logger;
}

/** Takes runs while it has free slots and drives each one. Stops by draining: a turn may end, then the lease is handed over. */
export function createExecutor({ database, backplane, config, logger }: ExecutorParts): Service {
  const controls = new Set<RunControl>();
  let agent: AgentSetup | undefined;
  const consumer = backplane.consumer();
  const handle = (parts: DriverParts, job: JobName) => (payload: { runId: string }, context: JobContext) =>
    whileControlled(controls, context, (control) => driveRun(parts, job, payload.runId, control));
  let stopping: Promise<void> | undefined;
  return {
    start: async () => {
      const tier = await isolationTier();
      logger.info(
        { tier: tier.tier, detail: tier.detail, wall: 'none' },
        'no wall stands around the agent yet: it runs as this user, supervised',
      );
      agent = await startAgentSetup(config, logger);
      const parts: DriverParts = { db: database, nudges: backplane.nudges, config, agent, logger };
      await pruneWorkspaces(database, config.workspaceRoot, logger);
      consumer.consume(
        {
          'stage.implementation': handle(parts, 'stage.implementation'),
          'stage.delivery': handle(parts, 'stage.delivery'),
        },
        { concurrency: config.concurrency },
      );
    },
    stop: (hurry) =>
      (stopping ??= drain({ consumer, controls, graceMs: config.drainGraceMs, hurry }).then(() => agent?.stop())),
  };
}

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
  readonly graceMs: number;
  readonly hurry: AbortSignal | undefined;
}

async function drain({ consumer, controls, graceMs, hurry }: Drain): Promise<void> {
  consumer.pause();
  for (const control of controls) control.interrupt('drain');
  await consumer.close({ graceMs, ...(hurry ? { hurry } : {}) });
}
