import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { createMirrorCache, openWorkspace, type GitSettings, type Mirror } from '@lockstep/workspace';
import { atMost, baselineOf, told, type Line } from '../report/line';
import { median, p95 } from '../report/samples';
import { git, makeRepository } from '../world/repository';
import type { PlainMeasure } from './measure';

/** A run's workspace from a mirror that is up to date, against `git worktree add` in the same mirror. */
export const workspace: PlainMeasure = {
  name: 'workspace',
  needs: null,
  run: async ({ servers, quick }) => [
    await measure(servers.root, 100, quick ? 8 : 30),
    ...(quick ? [] : [await measure(servers.root, 5000, 10)]),
  ],
};

interface Place {
  readonly folder: string;
  readonly settings: GitSettings;
  readonly url: string;
  readonly mirror: Mirror;
  readonly sha: string;
}

async function measure(root: string, files: number, rounds: number): Promise<Line> {
  const folder = join(root, `workspace-${files}`);
  const url = makeRepository(join(folder, 'repository'), files);
  const settings = { root: join(folder, 'executor'), allowLocal: true };
  const mirror = await createMirrorCache(settings).sync({ url });
  const place = { folder, settings, url, mirror, sha: (await mirror.resolve()).sha };
  const samples = { open: [] as number[], sync: [] as number[], worktree: [] as number[] };
  for (let round = -1; round < rounds; round += 1) {
    const worktree = worktreeAdd(place, round);
    const [sync, open] = await openOne(place, round);
    if (round < 0) continue;
    samples.open.push(open);
    samples.sync.push(sync);
    samples.worktree.push(worktree);
  }
  rmSync(folder, { recursive: true, force: true });
  return lineOf(files, samples);
}

const lineOf = (
  files: number,
  { open, sync, worktree }: { open: number[]; sync: number[]; worktree: number[] },
): Line => ({
  measure: 'workspace',
  quantity: `a workspace of ${files} files on a warm mirror`,
  backplane: null,
  samples: open.length,
  checks: [
    told('p50', median(open), 'ms'),
    told('p95', p95(open), 'ms'),
    atMost('against git worktree add', median(open) / median(worktree), 1.2, '×'),
    told('asking the repository whether the mirror is up to date, p50', median(sync), 'ms'),
  ],
  baseline: baselineOf('git worktree add, p50', worktree),
});

function worktreeAdd({ folder, mirror, sha }: Place, round: number): number {
  const path = join(folder, `worktree-${round}`);
  const began = performance.now();
  git(mirror.directory, 'worktree', 'add', '--quiet', '--detach', path, sha);
  const took = performance.now() - began;
  git(mirror.directory, 'worktree', 'remove', '--force', path);
  return took;
}

async function openOne({ settings, url, sha }: Place, round: number): Promise<[number, number]> {
  const asked = performance.now();
  const mirror = await createMirrorCache(settings).sync({ url });
  const began = performance.now();
  const opened = await openWorkspace({
    settings,
    runId: `run-${round + 1}`,
    mirror,
    baseSha: sha,
    branch: `lockstep/run-${round + 1}`,
  });
  const took = performance.now() - began;
  await opened.remove();
  return [began - asked, took];
}
