import { faultCodes, isFault, type FaultCode, type FaultKind, type Run } from '@lockstep/contracts';
import { isProblem } from '@lockstep/client';

/**
 * The command's exit statuses. `failed` is also for what the command itself could not do (an unreachable server, a fault on our
 * side); `usage` is also for input that was refused: a plan with errors, a dirty repository, a move that the state forbids.
 */
export const exitCodes = { completed: 0, failed: 1, usage: 2, waiting: 3, missing: 4, interrupted: 130 } as const;

const ofKind: Readonly<Record<FaultKind, number>> = {
  input: exitCodes.usage,
  conflict: exitCodes.usage,
  limit: exitCodes.usage,
  auth: exitCodes.missing,
  missing: exitCodes.missing,
  upstream: exitCodes.failed,
  internal: exitCodes.failed,
};

/** How a run that rests is told by the exit status (`--exit-status`). */
export function exitCodeOfRun({ status }: Pick<Run, 'status'>): number {
  if (status === 'completed') return exitCodes.completed;
  return status === 'blocked' || status === 'paused' ? exitCodes.waiting : exitCodes.failed;
}

export function exitCodeOfError(error: unknown): number {
  if (isFault(error)) return ofCode(error.code);
  if (!isProblem(error)) return exitCodes.failed;
  if (Object.hasOwn(faultCodes, error.code)) return ofCode(error.code as FaultCode);
  return [401, 403, 404].includes(error.status) ? exitCodes.missing : exitCodes.failed;
}

const ofCode = (code: FaultCode): number =>
  code === 'repository_not_allowed' ? exitCodes.missing : ofKind[faultCodes[code].kind];
