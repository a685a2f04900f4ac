import { Fault } from '@lockstep/contracts';
import { createClient, type Client } from '@lockstep/client';
import { clientSettings, readConfig, type ClientConfig } from '@lockstep/runtime';
import { livingServers, type DevServerEntry } from './registry';

export interface ServerAddress {
  readonly url: string;
  readonly token: string;
  /** Undefined: the API's own address with the feed's path. */
  readonly feedUrl: string | undefined;
}

/**
 * The server to talk to. What the environment says comes first; what it leaves open comes from a dev server of this machine: the one
 * at LOCKSTEP_URL, or the latest that lives. @throws Fault config_invalid when there is none.
 */
export function findServer(config: ClientConfig, servers: readonly DevServerEntry[]): ServerAddress {
  const wanted = config.url === undefined ? undefined : originOf(config.url);
  const server = servers.find(({ url }) => wanted === undefined || originOf(url) === wanted);
  const url = config.url ?? server?.url;
  const token = config.token ?? server?.token;
  if (url === undefined)
    throw new Fault(
      'config_invalid',
      'There is no Lockstep server to talk to. Start one with `lockstep dev`, or set LOCKSTEP_URL and LOCKSTEP_TOKEN.',
    );
  if (token === undefined)
    throw new Fault('config_invalid', `No token for ${url}. Set LOCKSTEP_TOKEN; ask the operator for one.`);
  return { url, token, feedUrl: config.feedUrl ?? server?.feedUrl };
}

/** localhost is where a dev server listens too. */
const originOf = (url: string): string => new URL(url).origin.replace('//localhost:', '//127.0.0.1:');

export const serverInUse = (): ServerAddress => findServer(readConfig(clientSettings), livingServers());

export const connect = (): Client => createClient(serverInUse());
