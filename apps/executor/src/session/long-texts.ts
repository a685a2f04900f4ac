import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Workspace } from '@lockstep/workspace';

const names = ['plan.md', 'step.md'] as const;

/** Texts that are too long for a message are handed over as files in the agent's home. */
export async function writeLongTexts({ layout }: Workspace, texts: { plan: string; step: string }): Promise<void> {
  const [plan, step] = names;
  await replace(join(layout.home, plan), texts.plan);
  await replace(join(layout.home, step), texts.step);
}

/** They are for the turn alone: checks find nothing in the home that was not there before it. */
export async function removeLongTexts({ layout }: Workspace): Promise<void> {
  for (const name of names) await rm(join(layout.home, name), { force: true, recursive: true });
}

/** The home is the agent's to write: a link that it planted there goes away instead of being followed. */
async function replace(path: string, text: string): Promise<void> {
  await rm(path, { force: true, recursive: true });
  await writeFile(path, text, { flag: 'wx' });
}
