import { createHash, randomBytes } from 'node:crypto';
import type { Database } from './connection';
import type { Caller } from './teams';

/** Whom a ticket stands for. */
export type TicketHolder = Pick<Caller, 'teamId' | 'name'>;

const digest = (ticket: string): Buffer => createHash('sha256').update(ticket).digest();

/** A pass to the feed that can be used once within `lifeMs`. The ticket is returned here only; its digest is stored. */
export async function issueTicket(
  db: Database,
  holder: TicketHolder,
  lifeMs: number,
): Promise<{ ticket: string; expiresAt: string }> {
  const ticket = `lft_${randomBytes(24).toString('base64url')}`;
  const [row] = await db.query<{ expires_at: Date }>('issue-ticket', [
    digest(ticket),
    holder.teamId,
    holder.name,
    lifeMs,
  ]);
  if (!row) throw new Error('the ticket was not stored');
  return { ticket, expiresAt: row.expires_at.toISOString() };
}

/** Uses a ticket up; null when it is unknown, used or too old. */
export async function redeemTicket(db: Database, ticket: string): Promise<TicketHolder | null> {
  const [row] = await db.query<{ team_id: string; token_name: string; valid: boolean }>('redeem-ticket', [
    digest(ticket),
  ]);
  return row?.valid ? { teamId: row.team_id, name: row.token_name } : null;
}
