import { mkdirSync, mkdtempSync, rmSync, writeFileSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import type { GitSettings } from '../git/environment';
import { createMirrorCache, type Mirror } from '../mirror/cache';
import { openWorkspace } from '../run/open';
import type { Workspace } from '../run/workspace';

const identity = { name: 'Lockstep', email: 'lockstep@example.com' };

export const author = identity;
export const date = new Date('2026-01-02T03:04:05Z');

/** git as an ordinary user runs it, with nothing of this machine's configuration. */
export const userGit = async (cwd: string, ...args: string[]): Promise<string> => {
  const result = await execa('git', args, {
    cwd,
    extendEnv: false,
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: cwd,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: 'User',
      GIT_AUTHOR_EMAIL: 'user@example.com',
      GIT_COMMITTER_NAME: 'User',
      GIT_COMMITTER_EMAIL: 'user@example.com',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'init.defaultBranch',
      GIT_CONFIG_VALUE_0: 'main',
    },
  });
  return result.stdout;
};

/** Writes a file with the folders above it. */
export const put = (root: string, path: string, content: string | Buffer, mode = 0o644): void => {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  chmodSync(file, mode);
};

export interface Rig {
  readonly directory: string;
  readonly project: string;
  readonly settings: GitSettings;
  /** Written by anything planted that is carried out. */
  readonly canary: string;
  mirror(): Promise<Mirror>;
  open(runId?: string, settings?: GitSettings): Promise<Workspace>;
  settingsAt(name: string): GitSettings;
  dispose(): void;
}

const makeProject = async (project: string, files: Record<string, string>): Promise<void> => {
  mkdirSync(project);
  await userGit(project, 'init', '-q');
  for (const [path, content] of Object.entries(files)) put(project, path, content);
  await userGit(project, 'add', '-A');
  await userGit(project, 'commit', '-q', '-m', 'base');
};

export const smallProject = {
  'readme.md': '# Project\n',
  'src/a.ts': 'export const a = 1;\n',
  'src/b.ts': 'export const b = 2;\n',
  'deep/er/still/file.txt': 'deep\n',
  '.gitignore': 'node_modules/\n*.log\n!keep.log\n/dist\n',
};

/** A project's repository, a root of ours, and a place for what must not happen. */
export const makeRig = async (files: Record<string, string> = smallProject): Promise<Rig> => {
  const directory = mkdtempSync(join(tmpdir(), 'lockstep-workspace-'));
  const project = join(directory, 'project');
  await makeProject(project, files);
  const settingsAt = (name: string): GitSettings => ({ root: join(directory, name), allowLocal: true });
  const settings = settingsAt('root');
  const mirror = () => createMirrorCache(settings).sync({ url: project });
  const open = async (runId = 'run-1', at = settings): Promise<Workspace> => {
    const found = await createMirrorCache(at).sync({ url: project });
    const { sha } = await found.resolve('main');
    return openWorkspace({ settings: at, runId, mirror: found, baseSha: sha, branch: 'lockstep/run-1' });
  };
  const dispose = (): void => rmSync(directory, { recursive: true, force: true });
  return { directory, project, settings, canary: join(directory, 'canary'), mirror, open, settingsAt, dispose };
};

/** git in our repository of a run, to look at it. */
export const inOurs = (workspace: Workspace, ...args: string[]): Promise<string> =>
  userGit(workspace.layout.directory, '--git-dir', workspace.layout.repository, ...args);
