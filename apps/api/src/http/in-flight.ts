import { delay } from '@lockstep/runtime';
import type { FastifyInstance } from 'fastify';

/** How long requests may take to end when the API stops. */
const graceMs = 10_000;

/**
 * Counts the requests under way, so that the end can wait for them and for nothing else: Node waits a minute for connections that
 * have been opened and not used yet, as browsers and fetch do in advance.
 */
export class InFlight {
  private count = 0;
  private settling = false;
  private readonly waiting = new AbortController();

  track(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', (_request, reply, done) => {
      this.count += 1;
      reply.raw.once('close', () => this.ended());
      done();
    });
  }

  /** Resolves when no request is under way, `hurry` aborts, or the grace is over. For the end: it counts down once. */
  async settle(hurry?: AbortSignal): Promise<void> {
    if (this.count === 0) return;
    this.settling = true;
    await delay(graceMs, AbortSignal.any([this.waiting.signal, ...(hurry ? [hurry] : [])]));
  }

  private ended(): void {
    this.count -= 1;
    if (this.settling && this.count === 0) this.waiting.abort();
  }
}
