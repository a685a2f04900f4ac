import { lstatSync, readdirSync, type BigIntStats } from 'node:fs';
import { errorCode } from './folder';
import { Slices } from './slices';

/** A path below which changes are looked for. */
export interface RecentRoot {
  readonly path: string;
  /** What a person reads in its place. */
  readonly name: string;
}

export interface RecentRequest {
  readonly roots: readonly RecentRoot[];
  /** Nanoseconds of the file system's clock. What changed later than that is found. */
  readonly since: bigint;
  /** Names as told, such as `node_modules/.cache`: what lies there changes nothing that runs. */
  readonly isCache: (name: string) => boolean;
  /** How many are told. */
  readonly most: number;
}

/**
 * Looks for what changed by the time of its last change of status (ctime), which whoever writes cannot set. No symbolic link is
 * followed. What can't be looked at counts as changed.
 */
class RecentWalk {
  readonly found: string[] = [];
  private readonly slices = new Slices();

  constructor(private readonly request: RecentRequest) {}

  async at({ path, name }: RecentRoot): Promise<boolean> {
    const { since, most, isCache } = this.request;
    if (this.found.length >= most) return true;
    const status = this.look(path, name);
    if (status === null) return false;
    const isFresh = status === 'hidden' || status.ctimeNs > since;
    if (isCache(name)) return isFresh;
    if (status !== 'hidden' && status.isDirectory()) return this.folder({ path, name }, isFresh);
    if (isFresh) this.found.push(name);
    return isFresh;
  }

  /** A folder changes with every entry that comes or goes: it is told itself where nothing in it says why, as when it was moved here. */
  private async folder({ path, name }: RecentRoot, isFresh: boolean): Promise<boolean> {
    let why = false;
    for (const child of this.names(path)) {
      if (await this.at({ path: `${path}/${child}`, name: `${name}/${child}` })) why = true;
      if (this.slices.isOver) await this.slices.rest();
    }
    if (isFresh && !why) this.found.push(`${name}/`);
    return isFresh || why;
  }

  private names(path: string): string[] {
    try {
      return readdirSync(path);
    } catch {
      return [];
    }
  }

  private look(path: string, name: string): BigIntStats | 'hidden' | null {
    try {
      return lstatSync(path, { bigint: true });
    } catch (error) {
      // A name that isn't UTF-8 is told otherwise than it is spelled.
      return errorCode(error) === 'ENOENT' && !/^"|\ufffd/.test(name) ? null : 'hidden';
    }
  }
}

/** The names of what changed at and below the roots, the first of them only; empty: nothing. */
export const findRecent = async (request: RecentRequest): Promise<string[]> => {
  const walk = new RecentWalk(request);
  for (const root of request.roots) await walk.at(root);
  return walk.found.slice(0, request.most);
};
