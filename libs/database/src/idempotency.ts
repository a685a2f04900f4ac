import { createHash } from 'node:crypto';
import { Fault } from '@lockstep/contracts';
import type { Database } from './connection';

export interface StoredResponse {
  readonly status: number;
  readonly body: unknown;
}

/**
 * Runs `work` once per (team, key): a second request with the same key gets the stored response, one with another body
 * `idempotency_mismatch`, and one that arrives while the first is under way `stale_transition`. A failure gives the key back.
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
  if (claimed.length === 0) {
    const known = await db.prisma.idempotencyKey.findUnique({ where: id });
    if (!known || known.requestSha256 !== requestSha256)
      throw new Fault(
        'idempotency_mismatch',
        `The Idempotency-Key ${spec.key} was used for a different request. Use a new key for a new request.`,
      );
    if (known.status === null)
      throw new Fault(
        'stale_transition',
        `A request with the Idempotency-Key ${spec.key} is under way. Ask again in a moment.`,
      );
    return { status: known.status, body: known.response };
  }
  try {
    const response = await work();
    await db.prisma.idempotencyKey.update({
      where: id,
      data: { status: response.status, response: JSON.parse(JSON.stringify(response.body ?? null)) },
    });
    return response;
  } catch (error) {
    await db.prisma.idempotencyKey.delete({ where: id }).catch(() => undefined);
    throw error;
  }
}
