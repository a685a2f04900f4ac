import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  beginWorkspace,
  createMirrorCache,
  openWorkspace,
  type GitSettings,
  type Mirror,
  type RunLayout,
  type Workspace,
} from '@lockstep/workspace';
import { skips } from '@lockstep/runtime';
import { isFault } from '@lockstep/contracts';
import { keepRunFacts, keepSnapshot, readSnapshots, workDiscarded } from '@lockstep/database';
import type { RunContext } from '../run/run-context';
import { warning } from '../session/turn-notes';

export interface OpenedWorkspace {
  readonly workspace: Workspace;
  readonly mirror: Mirror;
  /** The disk was empty or out of date: what git ignores (dependencies) isn't there, and neither is Claude's transcript. */
  readonly restored: boolean;
}

const gitSettings = ({ config }: RunContext): GitSettings => ({
  root: config.workspaceRoot,
  allowLocal: config.allowLocalRepositories,
});

/** The run's folders alone: enough for the agent's process to start in. */
export async function beginRunWorkspace(context: RunContext): Promise<{ readonly layout: RunLayout }> {
  const { id, branch } = context.run;
  const layout = await beginWorkspace({ settings: gitSettings(context), runId: id, branch });
  await mkdir(join(layout.home, 'tmp'), { recursive: true });
  return { layout };
}

/**
 * The run's checkout on this executor: made anew, gone on with, or brought here from the snapshots. This disk counts as newest only
 * when it was the last to be driven; otherwise Postgres has the last word.
 */
export async function openRunWorkspace(context: RunContext): Promise<OpenedWorkspace> {
  const { run, store, repository } = context;
  const settings = gitSettings(context);
  const ref = run.base_ref ?? undefined;
  const needs = run.base_sha === null ? { needs: { ref } } : {};
  const mirror = await createMirrorCache(settings).sync({ url: repository, ...needs });
  const baseSha = run.base_sha ?? (await mirror.resolve(ref)).sha;
  if (run.base_sha === null) await store.write((tx) => keepRunFacts(tx, run.id, { baseSha, headSha: baseSha }));
  const workspace = await openWorkspace({ settings, runId: run.id, mirror, baseSha, branch: run.branch });
  await mkdir(join(workspace.layout.home, 'tmp'), { recursive: true });
  const restored = await catchUp(context, workspace, baseSha);
  if (run.discard_work) await discardWork(context, workspace);
  // Left by a commit that was cut off before its intent was kept: the gate would take it for the agent's.
  await workspace.putBack([context.plan.resultsPath]);
  await takeOver(context, workspace);
  return { workspace, mirror, restored };
}

/** From here on this disk counts as the newest for as long as this lease is the last one. */
export const takeOver = ({ store }: RunContext, workspace: Workspace): Promise<void> =>
  writeFile(driverFile(workspace), store.lease.token);

const driverFile = (workspace: Workspace): string => join(workspace.layout.directory, 'driver');

async function catchUp(context: RunContext, workspace: Workspace, baseSha: string): Promise<boolean> {
  const { previousDriver, run } = context;
  const driver = await readFile(driverFile(workspace), 'utf8').catch(() => null);
  if (driver !== null && driver === previousDriver) {
    await alignBranch(workspace, run.head_sha ?? baseSha);
    return false;
  }
  await restoreFrom(context, workspace, run.head_sha ?? baseSha);
  return true;
}

/** A crash between the commit and its transaction leaves the branch ahead of Postgres: it goes back, the tree stays. */
async function alignBranch(workspace: Workspace, head: string): Promise<void> {
  const now = await workspace.head();
  // A drill shows what the branch comes to when its own state is taken for the truth.
  if (now !== head && !skips('step.recovery')) await workspace.advance({ from: now, to: head });
}

/** An amendment took the step away that the tree holds work of: it must not be committed with another one. */
async function discardWork({ run, store }: RunContext, workspace: Workspace): Promise<void> {
  const head = await workspace.head();
  await workspace.restoreTree(head);
  await store.write(async (tx) => {
    // The newest snapshot holds that work, too: whoever takes over from here must find one without.
    const nothing = { bundle: null, wipSha: null, wipBundle: null };
    await keepSnapshot(tx, run.id, { kind: 'park', fromSha: head, headSha: head, ...nothing });
    await workDiscarded(tx, run.id);
  });
}

/**
 * Commits from every bundle; the work in progress only when it belongs to this very head. Without a commit the run cannot go on, and a
 * person has to bring the bytes back; work in progress that cannot be read is done again. @throws Fault snapshot_unusable
 */
async function restoreFrom({ store, run }: RunContext, workspace: Workspace, head: string): Promise<void> {
  const snapshots = await readSnapshots(store.db, run.id);
  const bundles: Buffer[] = [];
  for (const { bundle } of snapshots) if (bundle !== null) bundles.push(await store.blobs.get(run.id, bundle));
  const { headSha, wipSha: sha = null, wipBundle = null } = snapshots.at(-1) ?? {};
  if (headSha !== head || sha === null || wipBundle === null) return workspace.restore({ head, bundles, wip: null });
  try {
    await workspace.restore({ head, bundles, wip: { sha, bundle: await store.blobs.get(run.id, wipBundle) } });
  } catch (error) {
    if (!isFault(error, 'snapshot_unusable')) throw error;
    await workspace.restore({ head, bundles, wip: null });
    await store.record(warning('work_lost', `The step begins again at its last commit: ${error.message}`));
  }
}
