import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { checkSha } from '../git/names';
import { removeInSlices } from '../tree/removal';
import { buildAgentRepository } from './agent-repository';
import { checkOut } from './checkout';
import type { RunContext } from './context';

/** A fresh checkout of one commit, with nothing in it that the agent left behind. */
export interface CleanRoom {
  readonly tree: string;
  /** An empty HOME for what runs in it. */
  readonly home: string;
  /** Removes the room. Twice is fine. */
  dispose(): Promise<void>;
}

export const openCleanRoom = async ({ git, layout, branch }: RunContext, sha: string): Promise<CleanRoom> => {
  checkSha(sha);
  await mkdir(layout.rooms, { recursive: true });
  const directory = await mkdtemp(join(layout.rooms, 'room-'));
  const [tree, home, indexFile] = [join(directory, 'tree'), join(directory, 'home'), join(directory, 'index')];
  await mkdir(home);
  await checkOut({ git, repository: layout.repository, tree, indexFile, sha });
  await buildAgentRepository({ tree, repository: layout.repository, branch, head: sha, index: indexFile });
  return { tree, home, dispose: () => removeInSlices(directory) };
};
