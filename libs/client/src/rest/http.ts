import { randomUUID } from 'node:crypto';
import { problemOf, ProblemError, unreachable } from './problem-error';

export interface HttpOptions {
  readonly url: string;
  readonly token?: string | undefined;
  /** How long one call may take, in milliseconds. Default 30 s. */
  readonly timeoutMs?: number | undefined;
}

/** What any call takes beside its own arguments. */
export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  /** For POST: the same key again gets the first answer again. A fresh one when left out. */
  readonly idempotencyKey?: string | undefined;
}

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** Requests to one API. Rejects with ProblemError, or with the caller's own reason when its signal aborts. */
export class Http {
  private readonly base: string;

  constructor(private readonly options: HttpOptions) {
    this.base = options.url.replace(/\/+$/, '');
  }

  async get<T>(path: string, query: Query = {}, call: CallOptions = {}): Promise<T> {
    return json<T>(await this.send('GET', `${path}${queryOf(query)}`, undefined, call));
  }

  async text(path: string, call: CallOptions = {}): Promise<string> {
    return (await this.send('GET', path, undefined, call)).body;
  }

  async post<T>(path: string, body: unknown = {}, call: CallOptions = {}): Promise<T> {
    return json<T>(await this.send('POST', path, body, call));
  }

  private async send(method: string, path: string, body: unknown, call: CallOptions): Promise<Reply> {
    const url = `${this.base}/v1${path}`;
    const timeout = AbortSignal.timeout(this.options.timeoutMs ?? 30_000);
    const signal = call.signal ? AbortSignal.any([call.signal, timeout]) : timeout;
    try {
      const response = await fetch(url, {
        method,
        signal,
        headers: this.headers(method, call),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (!response.ok) throw problemOf(response.status, text, url);
      return { url, body: text };
    } catch (error) {
      if (error instanceof ProblemError) throw error;
      if (call.signal?.aborted) throw call.signal.reason;
      throw unreachable(error, url);
    }
  }

  private headers(method: string, { idempotencyKey }: CallOptions): Record<string, string> {
    const { token } = this.options;
    return {
      accept: 'application/json',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(method === 'POST'
        ? { 'content-type': 'application/json', 'idempotency-key': idempotencyKey ?? randomUUID() }
        : {}),
    };
  }
}

interface Reply {
  readonly url: string;
  readonly body: string;
}

function json<T>({ url, body }: Reply): T {
  try {
    return JSON.parse(body) as T;
  } catch (error) {
    const detail = `${url} answered with something that is no JSON. Check that the URL is Lockstep's API and that nothing stands in between.`;
    throw new ProblemError(200, 'unexpected_response', detail, [], { cause: error });
  }
}

export function queryOf(query: Query): string {
  const given = Object.entries(query).flatMap(([name, value]): [string, string][] =>
    value === undefined ? [] : [[name, String(value)]],
  );
  return given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`;
}
