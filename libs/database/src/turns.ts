import type { TokenUsage } from '@lockstep/contracts';
import type { Database, Transaction } from './connection';
import { storableText } from './events';
import type { Lease } from './leases';

export interface OpenTurn {
  readonly runId: string;
  readonly stepKey: string | null;
  readonly attempt: number | null;
  readonly kind: string;
  readonly prompt: string;
}

export async function openTurn(tx: Transaction, turn: OpenTurn): Promise<number> {
  const [row] = await tx.query<{ number: number }>('open-turn', [
    turn.runId,
    turn.stepKey,
    turn.attempt,
    turn.kind,
    storableText(turn.prompt),
  ]);
  if (!row) throw new Error(`the turn of run ${turn.runId} was not stored`);
  return row.number;
}

export interface ClosedTurn {
  readonly runId: string;
  readonly number: number;
  readonly reply: string;
  readonly outcome: string;
  /** US dollars; null is unknown, which isn't zero. */
  readonly costUsd: number | null;
  readonly tokens: TokenUsage;
}

/** What a turn has used so far. A late holder's count goes nowhere. */
export async function countUsage(db: Database, lease: Lease, turn: number, tokens: TokenUsage): Promise<void> {
  const { input, output, cacheRead, cacheWrite } = tokens;
  await db.query('count-usage', [lease.runId, lease.token, turn, input, output, cacheRead, cacheWrite]);
}

/** Ends a turn and adds its usage to the run, once. */
export async function closeTurn(tx: Transaction, turn: ClosedTurn): Promise<void> {
  const { input, output, cacheRead, cacheWrite } = turn.tokens;
  await tx.query('close-turn', [
    turn.runId,
    turn.number,
    storableText(turn.reply),
    turn.outcome,
    turn.costUsd,
    input,
    output,
    cacheRead,
    cacheWrite,
  ]);
}
