import { Watchdog } from './watchdog';

const idle = { waiting: 1, free: 1, open: true };

describe('the watchdog', () => {
  it('replaces a worker that starts nothing of what waits', () => {
    const watchdog = new Watchdog({ watchMs: 1_000, stuckMs: 3_000 });
    expect([1, 2, 3, 4].map(() => watchdog.look(idle).act)).toEqual(['nothing', 'nothing', 'replace', 'nothing']);
  });

  it.each([
    ['nothing waits', { ...idle, waiting: 0 }],
    ['no slot is free', { ...idle, free: 0 }],
  ])('leaves it alone when %s', (_, seen) => {
    const watchdog = new Watchdog({ watchMs: 1_000, stuckMs: 2_000 });
    expect([1, 2, 3].map(() => watchdog.look(seen).act)).toEqual(['nothing', 'nothing', 'nothing']);
  });

  it('leaves one alone that starts jobs', () => {
    const watchdog = new Watchdog({ watchMs: 1_000, stuckMs: 2_000 });
    const look = () => {
      watchdog.sawStart();
      return watchdog.look(idle).act;
    };
    expect([1, 2, 3].map(look)).toEqual(['nothing', 'nothing', 'nothing']);
  });

  it('lets one that fails in a tight loop rest, longer each time, until a job starts', () => {
    const watchdog = new Watchdog({ watchMs: 1_000, stuckMs: 60_000 });
    const rave = () => {
      for (let count = 0; count < 51; count += 1) watchdog.sawError(new Error('OOM'));
      return watchdog.look(idle);
    };
    const away = () => watchdog.look({ ...idle, open: false }).act;
    expect(rave()).toMatchObject({ act: 'rest', errors: 51, lastError: { message: 'OOM' } });
    expect([away(), rave().act, away(), away()]).toEqual(['open', 'rest', 'nothing', 'open']);
    watchdog.sawStart();
    expect([rave().act, away()]).toEqual(['rest', 'open']);
    expect(watchdog.look(idle)).toEqual({ act: 'nothing', errors: 0 });
  });
});
