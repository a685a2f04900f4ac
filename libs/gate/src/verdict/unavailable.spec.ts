import { unavailable } from './unavailable';

describe('unavailable', () => {
  it.each([
    [127, 'verification: line 1: uv: command not found'],
    [127, 'sh: 1: jest: not found'],
    [127, '/usr/bin/env: ‘python’: No such file or directory'],
    [1, '/usr/bin/python3: No module named pytest'],
    [2, 'error: Failed to spawn: `pytest`'],
    [1, 'npm error code EAI_AGAIN'],
    [1, 'OSError: [Errno 28] No space left on device'],
  ])('exit %i with %s is the machine’s or the setup’s', (code, line) => {
    expect(unavailable(code, ['before', line, ''])).not.toBeNull();
  });

  it.each([
    [0, 'verification: line 1: uv: command not found'],
    [1, 'verification: line 1: uv: command not found'],
    [127, 'verification: line 1: ./check.sh: No such file or directory'],
    [1, 'ModuleNotFoundError: No module named cart'],
    [1, '/usr/bin/python3: No module named cart'],
    [1, 'npm error Missing script: "test"'],
  ])('exit %i with %s is the step’s', (code, line) => {
    expect(unavailable(code, [line])).toBeNull();
  });
});
