import { Http, type HttpOptions } from './rest/http';
import { planRoutes, projectRoutes } from './rest/plans';
import { feedRoutes, questionRoutes, runRoutes } from './rest/runs';

export interface ClientOptions extends HttpOptions {
  /** The gateway's websocket; the API's own address with `ws:` and `/v1/feed` when left out, as behind one proxy. */
  readonly feedUrl?: string | undefined;
}

/**
 * Lockstep's API for one team, typed by libs/contracts. Every call rejects with ProblemError. A POST carries an Idempotency-Key of its
 * own, so that a proxy's repetition does nothing twice.
 */
export function createClient(options: ClientOptions) {
  const http = new Http(options);
  return {
    projects: projectRoutes(http),
    plans: planRoutes(http),
    runs: runRoutes(http),
    questions: questionRoutes(http),
    feed: feedRoutes(http),
  };
}

export type Client = ReturnType<typeof createClient>;
