import type { IncomingMessage } from 'node:http';
import { feedSubprotocol } from '@lockstep/contracts';
import { authenticate, redeemTicket, type Database, type TicketHolder } from '@lockstep/database';

/** The subprotocol that is answered: ours when it is offered; else the first one, so that the client lives to read the close code 4406. */
export const chooseProtocol = (offered: Set<string>): string | false =>
  offered.has(feedSubprotocol) ? feedSubprotocol : ([...offered][0] ?? false);

/** The bearer token of the handshake, if any. */
export const bearerOf = ({ headers }: Pick<IncomingMessage, 'headers'>): string | undefined =>
  /^Bearer +(\S{1,512}) *$/i.exec(headers.authorization ?? '')?.[1];

/** Whom a token or ticket stands for; null when it is neither, or no longer. A ticket is used up. */
export async function admit(
  db: Database,
  { token, ticket }: { readonly token?: string | undefined; readonly ticket?: string | undefined },
): Promise<TicketHolder | null> {
  if (token !== undefined) return authenticate(db, token);
  return ticket === undefined ? null : redeemTicket(db, ticket);
}
