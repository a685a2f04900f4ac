import { Fault, type FaultCode } from '@lockstep/contracts';

const forbidden = /[\x00-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|^\/|\/$|\.$|^-|^@$|^HEAD$/;
const badComponent = /^\.|\.lock$|^-/;

/** git's own rules for a branch or tag name (check-ref-format), and no leading dash anywhere. */
export const isRefName = (name: string): boolean =>
  name.length > 0 &&
  name.length <= 200 &&
  !forbidden.test(name) &&
  !name.split('/').some((part) => badComponent.test(part));

/** Gives the name back, or throws: a name that git would read as an option or an expression never reaches it. */
export const checkRef = (name: string, code: FaultCode = 'base_not_found'): string => {
  if (!isRefName(name))
    throw new Fault(code, `"${name}" is not a name that git allows for a branch or tag. Use another one.`);
  return name;
};

/** A complete SHA-1 object name. */
export const isSha = (text: string): boolean => /^[0-9a-f]{40}$/.test(text);

export const checkSha = (sha: string): string => {
  if (!isSha(sha)) throw new Fault('git_failed', `"${sha}" is not a complete object name (40 hexadecimal digits).`);
  return sha;
};

/** A run's id becomes a folder's name: letters, digits, dot, dash and underscore, beginning with a letter or digit. */
export const checkRunId = (runId: string): string => {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(runId))
    throw new Fault('git_failed', `"${runId}" cannot name a run's folder.`);
  return runId;
};
