import {
  budgetKind,
  type BudgetCrossing,
  type BudgetKind,
  type BudgetLimits,
  type BudgetScope,
  type BudgetUse,
} from '@lockstep/contracts';

/** The limits that hold: absent and null alike are none. */
export type Limits = { readonly [K in keyof BudgetLimits]?: number | null | undefined };

export interface BudgetOf {
  readonly scope: BudgetScope;
  /** The project's window. */
  readonly perDays?: number | null;
}

/**
 * The budgets that leave no room for another attempt, in the order of the kinds. What is unknown crosses nothing: it is not counted
 * as zero, the known part simply is the least that was used.
 */
export function budgetCrossed(limits: Limits, used: BudgetUse, { scope, perDays = null }: BudgetOf): BudgetCrossing[] {
  return budgetKind.options.flatMap((kind) => {
    const [limit, use] = [limits[kind], used[kind]];
    if (limit === null || limit === undefined || use === null || use < limit) return [];
    const atLeast = kind === 'costUsd' && used.costIsPartial;
    return [{ scope, kind, limit, used: use, atLeast, perDays, raiseTo: nextLimit(limit, use) }];
  });
}

/** A budget as it counts for one run: what was said, or what it was raised to for this run, whichever is more. */
export function raisedLimits(said: Limits, raised: Limits): Limits {
  const more = (kind: BudgetKind): number | null => {
    const [limit, to] = [said[kind] ?? null, raised[kind] ?? null];
    return limit === null || to === null ? limit : Math.max(limit, to);
  };
  return Object.fromEntries(budgetKind.options.map((kind) => [kind, more(kind)]));
}

/** The limit as many times as it takes to leave room again. */
function nextLimit(limit: number, used: number): number {
  const next = Number(((Math.floor(used / limit) + 1) * limit).toPrecision(12));
  return next > used && Number.isFinite(next) ? next : used * 2;
}
