import { projectSaid, type RetentionLimit } from '@lockstep/contracts';
import { pruneWorkspace, runsOfWorkspaces, type Database } from '@lockstep/database';
import { choosePruned, retentionLimits, type KeptRun } from '@lockstep/domain';
import type { ExecutorConfig, Logger } from '@lockstep/runtime';
import {
  folderBytes,
  listMirrors,
  listWorkspaces,
  removeLeftovers,
  removeMirror,
  setWorkspaceAside,
  type MirrorFolder,
} from '@lockstep/workspace';

export interface DiskOptions {
  readonly database: Database;
  readonly config: Pick<
    ExecutorConfig,
    'workspaceRoot' | 'retainWorkspacesDays' | 'retainWorkspacesBytes' | 'mirrorDays' | 'mirrorBytes'
  >;
  readonly logger: Logger;
}

/** Removes from this executor's disk what can be had again: workspaces of failed runs, then mirrors that nothing borrows from. */
export async function pruneDisk(options: DiskOptions): Promise<void> {
  await removeLeftovers(options.config.workspaceRoot);
  await pruneEndedWorkspaces(options);
  await pruneMirrors(options);
}

interface Placed extends KeptRun {
  readonly projectId: string;
  readonly limit: RetentionLimit;
}

/** Of the workspaces whose runs may come back. Those of the others have gone with their run's end. */
async function pruneEndedWorkspaces(options: DiskOptions): Promise<void> {
  const placed = await placedRuns(options);
  for (const project of new Set(placed.map(({ projectId }) => projectId))) {
    const runs = placed.filter(({ projectId }) => projectId === project);
    const { limit } = runs[0]!;
    for (const { runId, reason } of choosePruned('workspaces', runs, limit, new Date())) {
      const run = runs.find((each) => each.runId === runId)!;
      await takeAway(options, { ...run, reason });
    }
  }
}

async function takeAway(
  { database, config, logger }: DiskOptions,
  { runId, reason, bytes }: Placed & { readonly reason: 'age' | 'quota' },
): Promise<void> {
  let remove = (): Promise<void> => Promise.resolve();
  const gone = await pruneWorkspace(database, { runId, reason, bytes }, async () => {
    remove = await setWorkspaceAside(config.workspaceRoot, runId);
  });
  await remove();
  if (gone) logger.info({ runId, reason, bytes }, 'the workspace of a run that has ended was removed');
}

async function placedRuns({ database, config }: DiskOptions): Promise<Placed[]> {
  const folders = new Map((await listWorkspaces(config.workspaceRoot)).map((each) => [each.runId, each.directory]));
  const runs = await runsOfWorkspaces(database, [...folders.keys()].filter(isUuid));
  const unlimited = { days: null, bytes: null };
  const workspaces = { days: config.retainWorkspacesDays, bytes: config.retainWorkspacesBytes };
  const installation = { workspaces, output: unlimited, snapshots: unlimited, events: unlimited };
  return Promise.all(
    runs.map(async ({ runId, projectId, endedAt, status, settings }) => {
      const limit = retentionLimits(installation, projectSaid.parse(settings).retention).workspaces;
      const bytes = limit.bytes === null ? 0 : await folderBytes(folders.get(runId)!);
      return {
        runId,
        projectId,
        endedAt,
        limit,
        bytes,
        isNeeded: endedAt === null,
        isDelivered: status === 'completed',
      };
    }),
  );
}

export const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);

/** Between getting a mirror and borrowing from it lie moments; this is more than any of them. */
const graceMs = 3_600_000;

async function pruneMirrors({ config, logger }: DiskOptions): Promise<void> {
  const { workspaceRoot: root, mirrorDays: days, mirrorBytes: bytes } = config;
  const mirrors = await listMirrors(root);
  const kept = await Promise.all(mirrors.map((mirror) => asKept(mirror, bytes !== null)));
  for (const { runId: name, reason } of choosePruned('workspaces', kept, { days, bytes }, new Date())) {
    const mirror = mirrors.find((each) => each.name === name)!;
    if (await removeMirror(root, mirror))
      logger.info({ mirror: name, reason }, 'a mirror that nobody uses was removed');
  }
}

/** A mirror ends with its last use, and is needed while a workspace borrows from it. */
const asKept = async ({ name, directory, usedAt, isLent }: MirrorFolder, measured: boolean): Promise<KeptRun> => ({
  runId: name,
  endedAt: usedAt,
  isNeeded: isLent || Date.now() - usedAt.getTime() < graceMs,
  isDelivered: true,
  bytes: measured ? await folderBytes(directory) : 0,
});
