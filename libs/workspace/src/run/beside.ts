import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { findRecent, type RecentRoot } from '../tree/recent';
import type { StatCache } from '../tree/stat-cache';
import { removeTree } from '../tree/writer';
import type { RunLayout } from './context';

/**
 * Of tools that write beside their work: what they found out before, their logs, temporary files; and the texts that Lockstep hands over
 * in HOME at each turn. Package managers' stores of programs
 * (`~/.npm/_npx`, `~/.cache/node`) are none of these.
 */
const caches: readonly RegExp[] = [
  /(?:^|\/)(?:\.pytest_cache|\.mypy_cache|\.ruff_cache|\.hypothesis|\.jest-cache|\.eslintcache|\.stylelintcache|\.parcel-cache|\.turbo|\.DS_Store|[^/]*\.tsbuildinfo)$/,
  /(?:^|\/)node_modules\/(?:\.cache|\.vitest|\.vite-temp|\.vite\/(?:vitest|results\.json))$/,
  /^~\/(?:tmp|(?:plan|step)\.md|\.claude[^/]*|\.[a-z_]*(?:history|lesshst|viminfo|wget-hsts)|\.npm\/_(?:cacache|logs|update[^/]*)|\.config\/configstore|\.local\/state)$/,
  /^~\/\.cache\/(?!(?:node|pre-commit)$)[^/]+$/,
];

/** Where programs and libraries are looked up, and start-up files are read. */
const tools = /^~\/|(?:^|\/)(?:node_modules|vendor|\.?venv|env|\.tox|\.yarn|\.?bin)$/;
const usualTools: readonly string[] = ['node_modules', '.venv', 'venv'];

const mostTold = 8;

/** By the folder of the run: what this process settled before it opened the workspace anew. Another process's is never later. */
const settledAt = new Map<string, bigint>();

/** The run's folder is removed. */
export const forgetBeside = (directory: string): void => void settledAt.delete(directory);

/**
 * What stands beside the tree that gets committed, and checks may execute or read all the same: files that git ignores, and the run's
 * HOME. It knows since when it stands as it is; before it is settled, everything there counts as changed.
 */
export class BesideTheTree {
  constructor(
    private readonly layout: RunLayout,
    private readonly stats: StatCache,
  ) {}

  /** From here on counts what changes. */
  settle(): void {
    settledAt.set(this.layout.directory, this.stats.clock());
  }

  /**
   * What changed, in the tree by its path and in HOME after `~/`; the first few. `leftOut` are the paths that the capture left out.
   * `tools`: only where programs and libraries are looked for, since checks write their output elsewhere.
   */
  changes(leftOut: readonly string[], where: 'everywhere' | 'tools'): Promise<string[]> {
    const inTree = where === 'tools' ? [...new Set([...leftOut, ...usualTools])] : leftOut;
    const roots = [...inTree.map((name) => this.inTree(name)), ...this.inHome()].filter(
      ({ name }) => where === 'everywhere' || tools.test(name),
    );
    const isCache = (name: string): boolean => caches.some((cache) => cache.test(name));
    const since = settledAt.get(this.layout.directory) ?? 0n;
    return findRecent({ roots, since, isCache, most: mostTold });
  }

  /** What Python compiled before is read in place of the source, where it bears that source's time and size. */
  dropCompiled(leftOut: readonly string[]): void {
    for (const path of leftOut) if (/(?:^|\/)__pycache__$/.test(path)) removeTree(join(this.layout.tree, path));
  }

  private inTree(name: string): RecentRoot {
    return { path: join(this.layout.tree, name), name };
  }

  private inHome(): RecentRoot[] {
    const { home } = this.layout;
    try {
      return readdirSync(home).map((name) => ({ path: join(home, name), name: `~/${name}` }));
    } catch {
      return [{ path: home, name: '~/' }];
    }
  }
}
