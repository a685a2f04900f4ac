import { createHash } from 'node:crypto';
import { Fault } from '@lockstep/contracts';
import type { Database } from './connection';
import { underKey } from './under-key';

export interface StoredResponse {
  readonly status: number;
  readonly body: unknown;
}

/** In place of a response's status: see `carried-out.sql`. */
const carriedOut = 0;

/**
 * Runs `work` once per (team, key): a second request with the same key gets the stored response, one with another body
 * `idempotency_mismatch`, and one that arrives while the first is under way `stale_transition`. A failure gives the key back, unless
 * something was committed before it: a transaction of `work` marks the key, so that a process that dies before the response is stored
 * leaves nothing that could be done twice.
 */
export async function once(
  db: Database,
  spec: { teamId: string; key: string; request: unknown },
  work: () => Promise<StoredResponse>,
): Promise<StoredResponse> {
  const requestSha256 = createHash('sha256')
    .update(JSON.stringify(spec.request ?? null))
    .digest('hex');
  const id = { teamId_key: { teamId: spec.teamId, key: spec.key } };
  const claimed = await db.query('claim-idempotency-key', [spec.teamId, spec.key, requestSha256]);
  if (claimed.length === 0) return knownResponse(db, spec, requestSha256);
  try {
    const response = await underKey.run({ teamId: spec.teamId, key: spec.key }, work);
    await db.prisma.idempotencyKey.update({
      where: id,
      data: { status: response.status, response: JSON.parse(JSON.stringify(response.body ?? null)) },
    });
    return response;
  } catch (error) {
    const open = { teamId: spec.teamId, key: spec.key, status: null };
    await db.prisma.idempotencyKey.deleteMany({ where: open }).catch(() => undefined);
    throw error;
  }
}

async function knownResponse(
  db: Database,
  spec: { teamId: string; key: string },
  requestSha256: string,
): Promise<StoredResponse> {
  const known = await db.prisma.idempotencyKey.findUnique({
    where: { teamId_key: { teamId: spec.teamId, key: spec.key } },
  });
  if (!known || known.requestSha256 !== requestSha256)
    throw new Fault(
      'idempotency_mismatch',
      `The Idempotency-Key ${spec.key} was used for a different request. Use a new key for a new request.`,
    );
  if (known.status === carriedOut)
    throw new Fault(
      'stale_transition',
      `The request with the Idempotency-Key ${spec.key} was carried out, and its answer is not there. Read what it changed; ask again with a new key only if it is missing.`,
    );
  if (known.status === null)
    throw new Fault(
      'stale_transition',
      `A request with the Idempotency-Key ${spec.key} is under way. Ask again in a moment.`,
    );
  return { status: known.status, body: known.response };
}
