import { existsSync } from 'node:fs';
import { copyFile, mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from '../tree/writer';
import { branchRef } from './context';

const agentConfig = `[core]
	repositoryformatversion = 0
	filemode = true
	bare = false
	logallrefupdates = true
[user]
	name = Agent
	email = agent@localhost
[gc]
	auto = 0
[maintenance]
	auto = false
[commit]
	gpgSign = false
`;

const exclude = '# Paths that are left out without a .gitignore in the tree.\n';

export interface AgentRepository {
  /** The checkout that gets the `.git`. */
  readonly tree: string;
  /** Ours, whose objects are borrowed. */
  readonly repository: string;
  readonly branch: string;
  /** Null as long as the base is not known: the branch is yet to be born then. */
  readonly head: string | null;
  /** The index itself, or a file that is copied where it is there. */
  readonly index: Buffer | string;
}

const fill = async (directory: string, { repository, branch, head, index }: AgentRepository): Promise<void> => {
  const ref = branchRef(branch);
  for (const folder of ['objects/info', 'objects/pack', 'info', join(ref, '..')])
    await mkdir(join(directory, folder), { recursive: true });
  await Promise.all([
    writeFile(join(directory, 'HEAD'), `ref: ${ref}\n`),
    writeFile(join(directory, 'config'), agentConfig),
    writeFile(join(directory, 'info', 'exclude'), exclude),
    writeFile(join(directory, 'objects', 'info', 'alternates'), `${join(repository, 'objects')}\n`),
    head === null ? undefined : writeFile(join(directory, ref), `${head}\n`),
    typeof index !== 'string'
      ? writeFile(join(directory, 'index'), index)
      : existsSync(index)
        ? copyFile(index, join(directory, 'index'))
        : undefined,
    existsSync(join(repository, 'shallow'))
      ? copyFile(join(repository, 'shallow'), join(directory, 'shallow'))
      : undefined,
  ]);
};

/**
 * Gives a checkout the `.git` that its users see: made of plain files, disposable, with our objects as alternates. Whatever
 * stands there, be it a folder, a file or a symbolic link, goes away unread; git is never run in it.
 */
export const buildAgentRepository = async (agent: AgentRepository): Promise<void> => {
  const draft = `${agent.tree}.git.new`;
  removeTree(draft);
  await fill(draft, agent);
  removeTree(join(agent.tree, '.git'));
  await rename(draft, join(agent.tree, '.git'));
};
