import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Git } from '../git/git';
import { isSha } from '../git/names';
import type { TreeReader } from '../tree/capture';
import type { BesideTheTree } from './beside';

/** Who a commit is by. */
export interface Person {
  readonly name: string;
  readonly email: string;
}

/** Where everything of one run lies. */
export interface RunLayout {
  readonly directory: string;
  /** OURS: the GIT_DIR with the run's branch. */
  readonly repository: string;
  /** The checkout: working directory of the agent and of the checks. */
  readonly tree: string;
  readonly home: string;
  readonly claude: string;
  readonly reports: string;
  /** Clean rooms. */
  readonly rooms: string;
}

export const layoutOf = (root: string, runId: string): RunLayout => {
  const directory = join(root, 'runs', runId);
  const at = (name: string): string => join(directory, name);
  return {
    directory,
    repository: at('repo.git'),
    tree: at('tree'),
    home: at('home'),
    claude: at('claude'),
    reports: at('reports'),
    rooms: at('rooms'),
  };
};

/** What the parts of a workspace share. */
export interface RunContext {
  readonly git: Git;
  readonly layout: RunLayout;
  readonly mirrorDirectory: string;
  readonly branch: string;
  readonly baseSha: string;
  readonly reader: TreeReader;
  readonly beside: BesideTheTree;
}

export const branchRef = (branch: string): string => `refs/heads/${branch}`;

/** The commit that the run's branch points at. */
export const headOf = async ({ git, layout, branch }: RunContext): Promise<string> => {
  const text = await readFile(join(layout.repository, branchRef(branch)), 'utf8').catch(() => '');
  if (isSha(text.trim())) return text.trim();
  return git.line(['rev-parse', '--verify', '--end-of-options', branchRef(branch)], { gitDir: layout.repository });
};
