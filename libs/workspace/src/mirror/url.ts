import { createHash } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Fault } from '@lockstep/contracts';
import type { GitSettings } from '../git/environment';

/** A repository's address after it was checked: what git is given, and what may be shown. */
export interface RepositoryAddress {
  /** A URL with an allowed scheme, or an absolute path. Never begins with a dash. */
  readonly url: string;
  /** The path, when the repository is on this machine. */
  readonly local: string | undefined;
  /** The address without a password, for messages. */
  readonly shown: string;
  /** Names the mirror's folder. */
  readonly key: string;
}

const scpLike = /^(?:([\w.-]+)@)?([\w.-]+):(?!\/\/)([^\x00-\x20].*)$/;

const refuse = (shown: string, why: string): never => {
  throw new Fault('repository_not_allowed', `The repository ${shown} may not be used: ${why}.`);
};

const addressOf = (url: string, shown: string, local?: string): RepositoryAddress => ({
  url,
  local,
  shown,
  key: createHash('sha256').update(url).digest('hex').slice(0, 32),
});

const localAddress = (path: string, settings: GitSettings): RepositoryAddress => {
  if (!settings.allowLocal)
    refuse(
      path,
      'repositories on this machine are not allowed here; give an https or ssh URL, or let the operator allow local ones',
    );
  if (!existsSync(path))
    throw new Fault('repository_unreachable', `There is no folder ${path} on this machine. Check the path.`);
  const real = realpathSync(path);
  return addressOf(real, real, real);
};

const remoteAddress = (url: URL, settings: GitSettings): RepositoryAddress => {
  const allowed = settings.protocols ?? ['https', 'ssh'];
  const shown = new URL(url);
  shown.password = '';
  if (url.protocol === 'https:' || url.protocol === 'http:') shown.username = '';
  const scheme = url.protocol.slice(0, -1);
  if (!allowed.includes(scheme))
    refuse(shown.href, `${scheme} is not among the allowed protocols (${allowed.join(', ')})`);
  if (url.hostname === '' || url.hostname.startsWith('-')) refuse(shown.href, 'its host is not a host name');
  return addressOf(url.href, shown.href);
};

/**
 * Reads a repository's address and decides whether it may be used here. @throws Fault repository_not_allowed,
 * repository_unreachable (a local path that isn't there).
 */
export const readAddress = (text: string, settings: GitSettings): RepositoryAddress => {
  if (text.startsWith('-') || /[\x00-\x1f]/.test(text) || text.includes('::'))
    refuse(JSON.stringify(text), 'it is not a URL or an absolute path');
  if (isAbsolute(text)) return localAddress(text, settings);
  if (text.startsWith('file://')) return localAddress(fileURLToPath(text), settings);
  const scp = text.includes('://') ? null : scpLike.exec(text);
  const spelled = scp === null ? text : `ssh://${scp[1] === undefined ? '' : `${scp[1]}@`}${scp[2]}/${scp[3]}`;
  if (!URL.canParse(spelled)) return refuse(JSON.stringify(text), 'it is not a URL or an absolute path');
  return remoteAddress(new URL(spelled), settings);
};

/** git asks about the owner of the folder, its `.git`, or both. */
export const safeDirectoriesOf = (address: RepositoryAddress): string[] =>
  address.local === undefined ? [] : [address.local, join(address.local, '.git')];
