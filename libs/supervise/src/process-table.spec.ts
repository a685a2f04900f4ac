import { parsePs, parseStat, treeOf } from './process-table';

const row = (pid: number, ppid: number, state = 'S') => ({ pid, ppid, state });

describe('reading a process', () => {
  it('takes the fields after the last parenthesis, whatever the name holds', () => {
    expect(parseStat(12, '12 (a) b (c) R 7 12 12 0')).toEqual({ pid: 12, ppid: 7, state: 'R' });
  });

  it('is nothing when the process is gone', () => {
    expect(parseStat(12, '')).toBeUndefined();
  });

  it('reads ps, where a state may have more letters', () => {
    expect(parsePs('    1     0 Ss\n  205     1 R+\n')).toEqual([row(1, 0), row(205, 1, 'R')]);
  });
});

describe('a tree', () => {
  const table = [row(1, 0), row(9, 5), row(5, 2), row(2, 1), row(6, 2, 'Z'), row(3, 1)];

  it('is the root and what descends from it, parents first, without zombies', () => {
    expect(treeOf(2, table).map((each) => each.pid)).toEqual([2, 5, 9]);
  });

  it('is empty when the root is gone', () => {
    expect(treeOf(4, table)).toEqual([]);
  });
});
