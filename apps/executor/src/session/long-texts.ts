import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Workspace } from '@lockstep/workspace';

/** Texts that are too long for a message are handed over as files in the agent's home. */
export async function writeLongTexts({ layout }: Workspace, texts: { plan: string; step: string }): Promise<void> {
  await replace(join(layout.home, 'plan.md'), texts.plan);
  await replace(join(layout.home, 'step.md'), texts.step);
}

/** The home is the agent's to write: a link that it planted there goes away instead of being followed. */
async function replace(path: string, text: string): Promise<void> {
  await rm(path, { force: true, recursive: true });
  await writeFile(path, text, { flag: 'wx' });
}
