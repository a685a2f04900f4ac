import { Fault, type FaultCode, type Run } from '@lockstep/contracts';
import { ProblemError } from '@lockstep/client';
import { exitCodeOfError, exitCodeOfRun } from './exit-code';

describe('the exit status', () => {
  it.each<[Run['status'], number]>([
    ['completed', 0],
    ['failed', 1],
    ['cancelled', 1],
    ['blocked', 3],
    ['paused', 3],
  ])('of a run that is %s is %i', (status, code) => expect(exitCodeOfRun({ status })).toBe(code));

  it.each<[FaultCode, number]>([
    ['config_invalid', 2],
    ['plan_invalid', 2],
    ['plan_too_large', 2],
    ['repository_dirty', 2],
    ['wrong_transition', 2],
    ['already_answered', 2],
    ['not_found', 4],
    ['unauthenticated', 4],
    ['repository_not_allowed', 4],
    ['database_unavailable', 1],
    ['internal', 1],
  ])('of %s is %i, whoever noticed it', (code, status) => {
    expect(exitCodeOfError(new Fault(code, 'x'))).toBe(status);
    expect(exitCodeOfError(new ProblemError(400, code, 'x'))).toBe(status);
  });

  it('of what no table knows goes by the HTTP status, and is 1 otherwise', () => {
    expect(exitCodeOfError(new ProblemError(403, 'strange', 'x'))).toBe(4);
    expect(exitCodeOfError(new ProblemError(500, 'constructor', 'x'))).toBe(1);
    expect(exitCodeOfError(new ProblemError(0, 'unreachable', 'x'))).toBe(1);
    expect(exitCodeOfError(new TypeError('x'))).toBe(1);
  });
});
