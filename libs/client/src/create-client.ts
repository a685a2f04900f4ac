import { feedPath } from '@lockstep/contracts';
import { followRun, type FollowOptions } from './feed/follow-run';
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
  const runs = runRoutes(http);
  const feedUrl = options.feedUrl ?? options.url.replace(/^http/, 'ws').replace(/\/*$/, feedPath);
  return {
    projects: projectRoutes(http),
    plans: planRoutes(http),
    runs,
    questions: questionRoutes(http),
    feed: feedRoutes(http),
    /** Every event of a run once and in order, until `signal` aborts; over HTTP while there is no feed. */
    followRun: (runId: string, follow: FollowOptions) =>
      followRun({ runs, feedUrl, token: options.token }, runId, follow),
  };
}

export type Client = ReturnType<typeof createClient>;
