import { Fault, isFault } from '@lockstep/contracts';
import { checkRef, checkSha } from '../git/names';
import { readAddress, safeDirectoriesOf, type RepositoryAddress } from '../mirror/url';
import { branchRef, headOf, type RunContext } from './context';

export interface PushRequest {
  readonly url: string;
  /** The branch's name there; the run's own unless given. */
  readonly branch?: string;
  /** Where the branch is there now; null when it must not exist yet. */
  readonly expected: string | null;
}

const pushFault = (error: unknown, address: RepositoryAddress, branch: string): Fault => {
  if (isFault(error)) return error;
  const text = (error instanceof Error ? error.message : String(error))
    .replaceAll(address.url, address.shown)
    .trim()
    .slice(0, 1000);
  if (/stale info|fetch first|non-fast-forward/.test(text)) {
    return new Fault(
      'branch_diverged',
      `The branch ${branch} has moved in ${address.shown}, so nothing was pushed: ${text}. Look at what is there, then decide.`,
    );
  }
  if (/\[remote rejected\]|remote rejected|pre-receive hook declined|protected branch/.test(text)) {
    return new Fault(
      'push_rejected',
      `${address.shown} refused the branch ${branch}: ${text}. Look at the repository's rules.`,
    );
  }
  return new Fault(
    'repository_unreachable',
    `${address.shown} cannot be written to: ${text}. Check the address and the access to it.`,
  );
};

/**
 * Pushes the run's branch, if the branch there is where the caller thinks it is; one that is at our head already is success.
 * No hook of ours runs. @throws Fault branch_diverged, push_rejected, repository_unreachable, repository_not_allowed
 */
export const pushBranch = async (context: RunContext, request: PushRequest): Promise<{ sha: string }> => {
  const address = readAddress(request.url, context.git.settings);
  const branch = checkRef(request.branch ?? context.branch, 'push_rejected');
  const lease = request.expected === null ? '' : checkSha(request.expected);
  const sha = await headOf(context);
  const options = [
    '--porcelain',
    '--no-verify',
    '--no-signed',
    '--no-recurse-submodules',
    `--force-with-lease=${branchRef(branch)}:${lease}`,
  ];
  try {
    await context.git
      .remote(context.layout.repository, safeDirectoriesOf(address))
      .raw(['push', ...options, '--', address.url, `${sha}:${branchRef(branch)}`]);
  } catch (error) {
    throw pushFault(error, address, branch);
  }
  return { sha };
};
