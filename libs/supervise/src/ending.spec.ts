import { naturalEnd, readInitReport } from './ending';

describe('a process’s own end', () => {
  it.each([
    [0, null, { kind: 'exited', exitCode: 0 }],
    [127, null, { kind: 'exited', exitCode: 127 }],
    [128, null, { kind: 'exited', exitCode: 128 }],
    [137, null, { kind: 'signalled', signal: 'SIGKILL', exitCode: 137 }],
    [143, null, { kind: 'signalled', signal: 'SIGTERM', exitCode: 143 }],
    [255, null, { kind: 'exited', exitCode: 255 }],
    [null, 'SIGSEGV', { kind: 'signalled', signal: 'SIGSEGV', exitCode: 139 }],
    [null, null, { kind: 'exited', exitCode: 1 }],
  ] as const)('status %p, signal %p', (code, signal, end) => {
    expect(naturalEnd(code, signal)).toEqual(end);
  });
});

describe('what the init reports', () => {
  it('tells the status and the strays', () => {
    expect(readInitReport('started\nended 5 2\n')).toEqual({ started: true, exitCode: 5, strays: 2 });
  });

  it('knows that it began when it was killed before its end', () => {
    expect(readInitReport('started\n')).toEqual({ started: true });
  });

  it('knows that nothing began', () => {
    expect(readInitReport('')).toEqual({ started: false });
  });
});
