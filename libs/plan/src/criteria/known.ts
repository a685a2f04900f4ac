import type { PlanCommand, PlanDocument } from '@lockstep/contracts';

export type LinkedPlan = Pick<PlanDocument, 'steps' | 'prerequisites' | 'doneLooksLike'>;

/** What items can name of a plan, to be looked up: a plan may have as many names as items. */
export interface Known {
  /** Commands that are to pass, by their text with single spaces. */
  readonly commands: ReadonlyMap<string, readonly PlanCommand[]>;
  readonly keys: readonly string[];
  /** Positions in `keys`, by the key in small letters. */
  readonly positions: ReadonlyMap<string, number>;
  /** Whatever stands in quotes in the plan's own tests. */
  readonly quoted: ReadonlySet<string>;
  /** Declared files, each with the steps that declare it. */
  readonly files: ReadonlyMap<string, readonly string[]>;
  /** Declared paths by each of their ends; null where several have it. */
  readonly ends: ReadonlyMap<string, string | null>;
}

export const bare = (command: string): string => command.trim().replace(/\s+/g, ' ');

const known = new WeakMap<LinkedPlan, Known>();

/** Made once for a plan. */
export function knownOf(plan: LinkedPlan): Known {
  const kept = known.get(plan);
  if (kept) return kept;
  const made = read(plan);
  known.set(plan, made);
  return made;
}

function read({ steps, prerequisites, doneLooksLike }: LinkedPlan): Known {
  const commands = [
    ...prerequisites.flatMap(({ baseline }) => baseline),
    ...steps.flatMap(({ verification }) => verification),
    ...doneLooksLike,
  ].filter(({ before, outcome }) => !before && outcome === 'pass');
  const keys = steps.map(({ key }) => key);
  const files = grouped(steps.flatMap(({ key, files: own }) => own.map(({ path }) => [path, key] as const)));
  return {
    commands: grouped(commands.map((each) => [bare(each.command), each] as const)),
    keys,
    positions: new Map(keys.map((key, at) => [key.toLowerCase(), at] as const).reverse()),
    quoted: new Set(steps.flatMap(({ tests }) => tests.flatMap(({ content }) => quotedIn(content)))),
    files,
    ends: endsOf([...files.keys()]),
  };
}

export function grouped<T>(entries: readonly (readonly [string, T])[]): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const [key, value] of entries) {
    const group = groups.get(key);
    if (group) group.push(value);
    else groups.set(key, [value]);
  }
  return groups;
}

const quotedIn = (content: string): string[] => ["'", '"', '`'].flatMap((mark) => content.split(mark).slice(1, -1));

function endsOf(paths: readonly string[]): Map<string, string | null> {
  const ends = new Map<string, string | null>();
  for (const path of paths)
    for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
      const end = path.slice(at + 1);
      ends.set(end, ends.has(end) ? null : path);
    }
  return ends;
}
