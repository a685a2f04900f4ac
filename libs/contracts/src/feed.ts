import { z } from 'zod';
import { eventEnvelope, outputChunk } from './events';

/** The websocket protocol of contracts.md §6. */
export const feedSubprotocol = 'lockstep.feed.v1+json';
export const feedPath = '/v1/feed';

export const closeCodes = {
  bad_frame: 4400,
  unauthenticated: 4401,
  forbidden: 4403,
  unsupported_protocol: 4406,
  auth_timeout: 4408,
  duplicate: 4409,
  slow_or_flooding: 4429,
  service_restart: 1012,
} as const;

/** A place in a stream: `epoch` changes only when a database is restored from a backup, and makes old cursors void. */
export const feedSince = z.union([
  z.object({ epoch: z.string().optional(), seq: z.int().nonnegative() }),
  z.object({ epoch: z.string().optional(), cursor: z.string().max(200) }),
]);
export type FeedSince = z.infer<typeof feedSince>;

const subscriptionId = z.string().min(1).max(64);

export const clientFrame = z.discriminatedUnion('type', [
  z.object({ type: z.literal('auth'), token: z.string().max(512).optional(), ticket: z.string().max(512).optional() }),
  z.object({
    type: z.literal('subscribe'),
    id: subscriptionId,
    channel: z.string().min(1).max(200),
    since: feedSince.optional(),
    types: z.array(z.string().max(64)).max(64).optional(),
  }),
  z.object({ type: z.literal('unsubscribe'), id: subscriptionId }),
  z.object({ type: z.literal('ping'), nonce: z.string().max(64).optional() }),
  z.object({ type: z.literal('pong'), nonce: z.string().max(64).optional() }),
]);
export type ClientFrame = z.infer<typeof clientFrame>;

export const serverFrame = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('hello'),
    connectionId: z.string(),
    heartbeatMs: z.int(),
    limits: z.object({ maxFrameBytes: z.int(), maxSubscriptions: z.int(), maxBufferedBytes: z.int() }),
  }),
  z.object({ type: z.literal('authenticated'), teamId: z.uuid() }),
  z.object({ type: z.literal('subscribed'), id: subscriptionId, epoch: z.string(), cursor: z.string() }),
  /** The state as of `cursor`; events with a greater `seq` follow. */
  z.object({
    type: z.literal('snapshot'),
    id: subscriptionId,
    cursor: z.string(),
    data: z.record(z.string(), z.unknown()),
  }),
  z.object({ type: z.literal('event'), id: subscriptionId, event: eventEnvelope }),
  z.object({ type: z.literal('output'), id: subscriptionId, chunk: outputChunk }),
  z.object({ type: z.literal('bookmark'), id: subscriptionId, cursor: z.string() }),
  z.object({ type: z.literal('gap'), id: subscriptionId, reason: z.string(), snapshotUrl: z.string() }),
  z.object({ type: z.literal('unsubscribed'), id: subscriptionId }),
  z.object({ type: z.literal('error'), id: subscriptionId.optional(), code: z.string(), message: z.string() }),
  z.object({ type: z.literal('ping'), nonce: z.string().optional() }),
  z.object({ type: z.literal('pong'), nonce: z.string().optional() }),
  z.object({ type: z.literal('reconnect'), afterMs: z.int() }),
]);
export type ServerFrame = z.infer<typeof serverFrame>;
