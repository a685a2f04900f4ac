import { createBackplane } from '../create-backplane';
import type { Backplane, Nudge } from '../ports';
import { openStage, stageKinds, type Stage } from '../testing/stages';
import { until } from '../testing/until';

describe.each(stageKinds)('nudges on %s', (kind) => {
  let stage: Stage;
  let sender: Backplane;
  let hearer: Backplane;
  let unsubscribe: (() => void)[] = [];

  const start = async () => {
    const backplane = createBackplane({ ...stage.options, times: { commandMs: 500 } });
    await backplane.start();
    return backplane;
  };

  const follow = async (pattern: string) => {
    const heard: Nudge[] = [];
    const state = { heard, reconnects: 0, stop: () => undefined as void };
    state.stop = await hearer.nudges.subscribe(pattern, {
      onNudge: (nudge) => heard.push(nudge),
      onReconnect: () => void (state.reconnects += 1),
    });
    unsubscribe.push(state.stop);
    return state;
  };

  beforeAll(async () => {
    stage = await openStage(kind);
    [sender, hearer] = await Promise.all([start(), start()]);
  });
  afterEach(() => {
    unsubscribe.forEach((end) => end());
    unsubscribe = [];
  });
  afterAll(async () => {
    await Promise.all([sender.stop(), hearer.stop()]);
    await stage.stop();
  });

  it('reach those who follow the channel or a prefix of it, and nobody else', async () => {
    const [one, all, other] = [await follow('run:1'), await follow('run:*'), await follow('run:2')];
    sender.nudges.publish({ channel: 'run:1', seq: 7 });
    sender.nudges.publish({ channel: 'plan:1', seq: 1 });
    sender.nudges.publish({ channel: 'run:3:output', seq: 4096 });
    await until('the last is heard', () => all.heard.length === 2);
    expect([one.heard, all.heard, other.heard]).toEqual([
      [{ channel: 'run:1', seq: 7 }],
      [
        { channel: 'run:1', seq: 7 },
        { channel: 'run:3:output', seq: 4096 },
      ],
      [],
    ]);
  });

  it('serve several listeners of one channel, until each leaves', async () => {
    const [first, second] = [await follow('run:1'), await follow('run:1')];
    sender.nudges.publish({ channel: 'run:1', seq: 1 });
    await until('both hear it', () => first.heard.length === 1 && second.heard.length === 1);
    first.stop();
    first.stop();
    sender.nudges.publish({ channel: 'run:1', seq: 2 });
    await until('the second hears it', () => second.heard.length === 2);
    expect(first.heard).toHaveLength(1);
  });

  it('merge while they wait, and never lose the newest', async () => {
    const { heard } = await follow('run:burst');
    for (let seq = 1; seq <= 2_000; seq += 1) sender.nudges.publish({ channel: 'run:burst', seq });
    await until('the newest is heard', () => heard.at(-1)?.seq === 2_000);
    expect(heard.length).toBeLessThan(100);
  });

  it('are dropped when they are none, without a throw', async () => {
    const { heard } = await follow('run:*');
    sender.nudges.publish({ channel: 'run: *', seq: 1 });
    sender.nudges.publish({ channel: 'run:1', seq: -1 });
    sender.nudges.publish({ channel: 'run:1', seq: 3 });
    await until('the good one is heard', () => heard.length > 0);
    expect(heard).toEqual([{ channel: 'run:1', seq: 3 }]);
    await expect(hearer.nudges.subscribe('run:*:x', { onNudge: () => undefined })).rejects.toMatchObject({
      code: 'internal',
    });
  });

  it('go on when a listener throws', async () => {
    unsubscribe.push(
      await hearer.nudges.subscribe('run:1', {
        onNudge: () => {
          throw new Error('no');
        },
      }),
    );
    const { heard } = await follow('run:1');
    sender.nudges.publish({ channel: 'run:1', seq: 1 });
    await until('the other hears it', () => heard.length === 1);
  });

  it('come back after the connection was cut, and say so', async () => {
    const [one, all] = [await follow('run:1'), await follow('plan:*')];
    await stage.cutListeners();
    await until('both are told', () => one.reconnects === 1 && all.reconnects === 1);
    await hearer.checks.nudges();
    sender.nudges.publish({ channel: 'run:1', seq: 1 });
    sender.nudges.publish({ channel: 'plan:1', seq: 1 });
    await until('both hear again', () => one.heard.length === 1 && all.heard.length === 1);
  });

  it('cost nothing but themselves while the server is down', async () => {
    const before = await follow('run:1');
    await stage.down();
    await until('the listener knows', async () =>
      hearer.checks.nudges().then(
        () => false,
        () => true,
      ),
    );
    const meanwhile = await follow('run:2');
    sender.nudges.publish({ channel: 'run:1', seq: 1 });
    await stage.up();
    await until('both are told', () => before.reconnects === 1 && meanwhile.reconnects === 1);
    await until('both hear', () => {
      sender.nudges.publish({ channel: 'run:1', seq: 2 });
      sender.nudges.publish({ channel: 'run:2', seq: 2 });
      return before.heard.length > 0 && meanwhile.heard.length > 0;
    });
    expect(before.heard[0]?.seq).toBe(2);
  });
});
