import { mkdirSync } from 'node:fs';
import { readFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault, isFault } from '@lockstep/contracts';
import { createBare, writeWhole } from '../git/bare';
import type { GitSettings } from '../git/environment';
import { Git } from '../git/git';
import { checkRef, isRefName, isSha } from '../git/names';
import { withLock } from './lock';
import { readAddress, safeDirectoriesOf, type RepositoryAddress } from './url';

/** A commit of a repository, and the full ref that led to it (`undefined` when it was named by its hash). */
export interface ResolvedBase {
  readonly sha: string;
  readonly ref: string | undefined;
}

/** A bare copy of a project's repository on this machine. Runs borrow its objects; nothing ever writes to it but a fetch. */
export interface Mirror {
  readonly directory: string;
  readonly url: string;
  /** Full name of the default branch; `undefined` in a repository without commits. */
  readonly defaultBranch: string | undefined;
  /** The repository's branches and tags as it told them when the mirror was brought up to date: full name → hash. */
  readonly advertised: ReadonlyMap<string, string>;
  /**
   * The commit of a branch, tag, full ref or hash; when nothing is named, of the default branch, or the one checked out without any.
   * @throws Fault base_not_found
   */
  resolve(ref?: string): Promise<ResolvedBase>;
}

export interface MirrorCache {
  /**
   * Brings the mirror up to date and gives it: in everything, or in what the caller needs. One fetch at a time per repository, also
   * between processes. @throws Fault repository_not_allowed, repository_unreachable
   */
  sync(repository: { url: string; needs?: NeededRef }): Promise<Mirror>;
}

/** A branch or tag (full name or short), or the default branch: other refs may stay as old as they are. */
export interface NeededRef {
  readonly ref: string | undefined;
}

interface Advertised {
  readonly head: string | undefined;
  /** The commit that is checked out in place of a branch, as continuous integration does. */
  readonly detached: string | undefined;
  readonly refs: ReadonlyMap<string, string>;
}

interface Found extends Advertised {
  /** Refs that are in the mirror as the repository has them. */
  readonly current: ReadonlyMap<string, string>;
}

const candidates = (ref: string): string[] =>
  ref.startsWith('refs/') ? [ref] : [`refs/heads/${ref}`, `refs/tags/${ref}`];

/** The full name of the branch or tag that is meant; none when it is a hash, or isn't there. */
const nameOf = ({ ref }: NeededRef, { head, refs }: Advertised): string | undefined =>
  ref === undefined || ref === 'HEAD' ? head : candidates(ref).find((name) => refs.has(name));

const waitForLockMs = 10 * 60_000;

/** Reads `ls-remote --symref`: what HEAD stands for, and every branch and tag. */
export const parseAdvertised = (text: string): Advertised => {
  const refs = new Map<string, string>();
  let head: string | undefined;
  let commit: string | undefined;
  for (const line of text.split('\n')) {
    const [value = '', name = ''] = line.split('\t');
    if (value.startsWith('ref: ') && name === 'HEAD') head = value.slice(5);
    else if (name === 'HEAD') commit = value;
    else if (/^refs\/(heads|tags)\//.test(name) && !name.endsWith('^{}')) refs.set(name, value);
  }
  return {
    head: head !== undefined && refs.has(head) ? head : undefined,
    detached: head === undefined ? commit : undefined,
    refs,
  };
};

const remoteFault = (error: unknown, address: RepositoryAddress): Fault => {
  if (isFault(error)) return error;
  const text =
    error instanceof Error ? error.message.replaceAll(address.url, address.shown).trim().slice(0, 1000) : String(error);
  if (/transport '.*' not allowed|dubious ownership/.test(text)) {
    return new Fault('repository_not_allowed', `The repository ${address.shown} may not be used: ${text}`);
  }
  return new Fault(
    'repository_unreachable',
    `The repository ${address.shown} cannot be read: ${text}. Check the address and the access to it.`,
  );
};

class MirrorHandle implements Mirror {
  constructor(
    private readonly git: Git,
    readonly directory: string,
    private readonly address: RepositoryAddress,
    private readonly found: Found,
  ) {}

  get defaultBranch(): string | undefined {
    return this.found.head;
  }

  get advertised(): ReadonlyMap<string, string> {
    return this.found.refs;
  }

  get url(): string {
    return this.address.url;
  }

  async resolve(ref?: string): Promise<ResolvedBase> {
    if (ref === undefined || ref === 'HEAD') return this.resolveDefault();
    if (isSha(ref)) return this.resolveSha(ref);
    for (const name of this.candidates(checkRef(ref))) {
      const sha = await this.commitOf(name);
      if (sha !== undefined) return { sha, ref: name.startsWith('refs/') ? name : undefined };
    }
    throw this.missing(`no branch or tag ${ref}`);
  }

  private candidates(ref: string): string[] {
    const named = candidates(ref);
    return /^[0-9a-f]{7,39}$/.test(ref) ? [...named, ref] : named;
  }

  private async resolveDefault(): Promise<ResolvedBase> {
    if (this.found.detached !== undefined) return this.resolveSha(this.found.detached);
    if (this.defaultBranch === undefined) throw this.missing('no commit on a default branch');
    const sha = await this.commitOf(this.defaultBranch);
    if (sha === undefined) throw this.missing(`no commit on ${this.defaultBranch}`);
    return { sha, ref: this.defaultBranch };
  }

  /** A commit that no branch reaches any more may still be given when it is asked for by its hash. */
  private async resolveSha(sha: string): Promise<ResolvedBase> {
    if ((await this.commitOf(sha)) === undefined) {
      const remote = this.git.remote(this.directory, safeDirectoriesOf(this.address));
      await remote
        .raw(['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', '--', this.address.url, sha])
        .catch(() => undefined);
    }
    const found = await this.commitOf(sha);
    if (found === undefined) throw this.missing(`no commit ${sha}`);
    return { sha: found, ref: undefined };
  }

  private async commitOf(name: string): Promise<string | undefined> {
    // A tag may name another object than a commit; a branch doesn't.
    const known = name.startsWith('refs/heads/') ? this.found.current.get(name) : undefined;
    if (known !== undefined) return known;
    const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`];
    const { exitCode, stdout } = await this.git.run(args, { gitDir: this.directory, expectExit: [1, 128] });
    return exitCode === 0 ? stdout.toString('utf8').trim() : undefined;
  }

  private missing(what: string): Fault {
    return new Fault(
      'base_not_found',
      `The repository ${this.address.shown} has ${what}. Name a branch, a tag or a commit that it has.`,
    );
  }
}

/** What a ref file says; none when the ref lies elsewhere (packed), or isn't there. */
const looseRef = async (directory: string, name: string): Promise<string | undefined> =>
  isRefName(name) ? (await readFile(join(directory, name), 'utf8').catch(() => undefined))?.trim() : undefined;

class FileMirrorCache implements MirrorCache {
  private readonly git: Git;

  constructor(settings: GitSettings) {
    this.git = new Git(settings);
    mkdirSync(join(settings.root, 'mirrors'), { recursive: true });
  }

  async sync({ url, needs }: { url: string; needs?: NeededRef }): Promise<Mirror> {
    const address = readAddress(url, this.git.settings);
    const directory = join(this.git.settings.root, 'mirrors', `${address.key}.git`);
    const found = await withLock(`${directory}.lock`, waitForLockMs, async () => {
      const brought = await this.update(directory, address, needs);
      // Whoever prunes takes the same lock, and leaves what was used since he looked.
      await utimes(directory, new Date(), new Date());
      return brought;
    });
    return new MirrorHandle(this.git, directory, address, found);
  }

  private async update(directory: string, address: RepositoryAddress, needs?: NeededRef): Promise<Found> {
    await createBare({ directory, head: 'refs/heads/main' });
    try {
      const there = await this.advertised(directory, address);
      const current = await this.bringIn(directory, address, there, needs);
      if (there.head !== undefined) await this.pointHead(directory, there.head);
      return { ...there, current };
    } catch (error) {
      throw remoteFault(error, address);
    }
  }

  /** Fetches where the mirror is behind in what is needed; gives the refs that it was up to date in without that. */
  private async bringIn(
    directory: string,
    address: RepositoryAddress,
    there: Advertised,
    needs: NeededRef | undefined,
  ): Promise<ReadonlyMap<string, string>> {
    const name = needs && nameOf(needs, there);
    const sha = name === undefined ? undefined : there.refs.get(name);
    if (name !== undefined && sha !== undefined && (await looseRef(directory, name)) === sha)
      return new Map([[name, sha]]);
    if (!(await this.differs(directory, there.refs))) return there.refs;
    await this.fetch(directory, address);
    return new Map();
  }

  private async advertised(directory: string, address: RepositoryAddress): Promise<Advertised> {
    const remote = this.git.remote(directory, safeDirectoriesOf(address));
    const found = parseAdvertised(
      await remote.listRemote(['--symref', '--', address.url, 'HEAD', 'refs/heads/*', 'refs/tags/*']),
    );
    if ([...found.refs.values()].some((sha) => !isSha(sha))) {
      throw new Fault(
        'repository_not_allowed',
        `The repository ${address.shown} does not name its objects by SHA-1, which is the only form supported. Convert it.`,
      );
    }
    return found;
  }

  private async differs(gitDir: string, refs: ReadonlyMap<string, string>): Promise<boolean> {
    const { stdout } = await this.git.run(
      ['for-each-ref', '--format=%(refname) %(objectname)', 'refs/heads/', 'refs/tags/'],
      { gitDir },
    );
    const here = stdout.toString('utf8').split('\n').filter(Boolean);
    const there = new Set([...refs].map(([name, sha]) => `${name} ${sha}`));
    return here.length !== there.size || here.some((line) => !there.has(line));
  }

  private async fetch(directory: string, address: RepositoryAddress): Promise<void> {
    // Not `--quiet`: simple-git waits another 50 ms for a command that has said nothing.
    const options = [
      '--prune',
      '--force',
      '--no-tags',
      '--no-write-fetch-head',
      '--update-shallow',
      '--no-recurse-submodules',
    ];
    const specs = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];
    await this.git
      .remote(directory, safeDirectoriesOf(address))
      .raw(['fetch', ...options, '--', address.url, ...specs]);
  }

  private async pointHead(directory: string, head: string): Promise<void> {
    const text = `ref: ${head}\n`;
    if ((await readFile(join(directory, 'HEAD'), 'utf8')) !== text) await writeWhole(join(directory, 'HEAD'), text);
  }
}

/** Mirrors live in `<root>/mirrors`. The root must lie under no other repository. */
export const createMirrorCache = (settings: GitSettings): MirrorCache => new FileMirrorCache(settings);
