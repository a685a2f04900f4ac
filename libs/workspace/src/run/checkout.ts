import { mkdir } from 'node:fs/promises';
import type { Git } from '../git/git';

export interface Checkout {
  readonly git: Git;
  readonly repository: string;
  /** A folder of ours that is empty but for a `.git`, and that nobody else writes to yet. */
  readonly tree: string;
  readonly indexFile: string;
  readonly sha: string;
}

/**
 * Fills an empty folder with a commit's files, in one git process. The attributes of our repository switch every conversion
 * off and its configuration knows no filter, no hook and no monitor, so that nothing of the tree is carried out.
 */
export const checkOut = async ({ git, repository, tree, indexFile, sha }: Checkout): Promise<void> => {
  await mkdir(tree, { recursive: true });
  await git.run(['read-tree', '--reset', '-u', sha], {
    gitDir: repository,
    workTree: tree,
    indexFile,
    timeoutMs: 600_000,
  });
};
