import { setTimeout as pause } from 'node:timers/promises';
import type { ProjectSettings } from '@lockstep/contracts';
import type { Stack } from './stack';

const atRest = new Set(['completed', 'failed', 'blocked', 'paused', 'cancelled']);

export const newProject = async (
  { client }: Stack,
  repository: string,
  settings: Partial<ProjectSettings> = {},
): Promise<string> =>
  (await client.projects.create({ name: `bench ${process.hrtime.bigint()}`, repository, settings })).id;

/** Submits and approves a plan; the id of its run. */
export async function launch({ client }: Stack, projectId: string, document: string): Promise<string> {
  const { id } = await client.plans.submit({ projectId, document });
  return (await client.plans.approve(id)).runId;
}

/** Waits until a run rests, looking at its row so that nobody else is kept busy; fails when it rests otherwise than expected. */
export async function untilRest(stack: Stack, runId: string, expected = 'completed', limitMs = 300_000): Promise<void> {
  for (const deadline = Date.now() + limitMs; ; await pause(10)) {
    const run = await stack.database.prisma.run.findUniqueOrThrow({
      where: { id: runId },
      select: { status: true, reason: true },
    });
    if (run.status === expected) return;
    if (!atRest.has(run.status) && Date.now() < deadline) continue;
    throw new Error(
      `The run ${runId} is ${run.status} (${run.reason ?? 'no reason'}), not ${expected}.\n${stack.logs()}`,
    );
  }
}
