import { randomUUID } from 'node:crypto';
import { createBackplane } from '../create-backplane';
import type { Backplane, JobContext, JobHandlers, QueueConsumer } from '../ports';
import { openStage, stageKinds, type Stage } from '../testing/stages';
import { timed, until } from '../testing/until';

const times = { commandMs: 500, lockMs: 1_500, stalledCheckMs: 300, watchMs: 100, stuckMs: 500 };

interface Heard {
  readonly runId: string;
  readonly context: JobContext;
  readonly end: () => void;
}

describe.each(stageKinds)('the queue on %s', (kind) => {
  let stage: Stage;
  const open: Backplane[] = [];

  const start = async (): Promise<Backplane> => {
    const backplane = createBackplane({ ...stage.options, times });
    open.push(backplane);
    await backplane.start();
    return backplane;
  };

  /** A consumer whose handlers last until the test ends them. */
  const listen = (backplane: Backplane, concurrency = 4) => {
    const heard: Heard[] = [];
    const handler: JobHandlers['stage.delivery'] = ({ runId }, context) =>
      new Promise<void>((resolve) => heard.push({ runId, context, end: resolve }));
    const consumer = backplane.consumer();
    consumer.consume({ 'stage.implementation': handler, 'stage.delivery': handler }, { concurrency });
    return { heard, consumer };
  };

  const ring = (backplane: Backplane, id: string = randomUUID(), runId: string = randomUUID()) =>
    backplane.producer.ring('stage.implementation', { runId }, { id });
  const empty = (backplane: Backplane) => until('the queue is empty', () => backplane.admin.isEmpty());
  const endAll = (heard: readonly Heard[]) => heard.forEach((each) => each.end());

  beforeAll(async () => {
    stage = await openStage(kind);
  });
  afterEach(async () => {
    await Promise.all(open.splice(0).map((backplane) => backplane.stop(AbortSignal.abort())));
    const cleaner = await start();
    await cleaner.admin.obliterate();
    await cleaner.stop();
    open.length = 0;
  });
  afterAll(() => stage.stop());

  it('brings a ring to a handler, once, and keeps nothing of it', async () => {
    const backplane = await start();
    const { heard } = listen(backplane);
    const runId = randomUUID();
    await backplane.producer.ring('stage.delivery', { runId }, { id: '12:a/ä' });
    await until('the handler is called', () => heard.length === 1);
    expect(heard[0]).toMatchObject({ runId, context: { id: '12:a/ä' } });
    expect(await backplane.admin.counts()).toEqual({ waiting: 0, active: 1 });
    endAll(heard);
    await empty(backplane);
    expect(heard).toHaveLength(1);
  });

  it('takes what was rung before anybody listened, no more at once than it has slots', async () => {
    const backplane = await start();
    await Promise.all([1, 2, 3].map(() => ring(backplane)));
    const { heard, consumer } = listen(backplane, 2);
    await until('two handlers run', () => heard.length === 2);
    expect([consumer.active, await backplane.admin.counts()]).toEqual([2, { waiting: 1, active: 2 }]);
    endAll(heard);
    await until('the third is called', () => heard.length === 3);
    endAll(heard);
    await empty(backplane);
  });

  it.each([
    ['a delivery', 'stage.delivery' as const, {}],
    ['a run that lost its executor', 'stage.implementation' as const, { ahead: true }],
  ])('takes %s before what waits longer', async (_, job, more) => {
    const backplane = await start();
    const { heard } = listen(backplane, 1);
    await ring(backplane);
    await until('the slot is taken', () => heard.length === 1);
    await ring(backplane, randomUUID(), randomUUID());
    const runId = randomUUID();
    await backplane.producer.ring(job, { runId, ...more }, { id: randomUUID() });
    heard[0]?.end();
    await until('the next is called', () => heard.length === 2);
    expect(heard[1]?.runId).toBe(runId);
    heard[1]?.end();
    await until('the last is called', () => heard.length === 3);
    heard[2]?.end();
    await empty(backplane);
  });

  it('makes one job of two rings with one id, and of the same id later another', async () => {
    const backplane = await start();
    await Promise.all([ring(backplane, 'same'), ring(backplane, 'same')]);
    expect((await backplane.admin.counts()).waiting).toBe(1);
    const { heard } = listen(backplane);
    await until('it is handled', () => heard.length === 1);
    endAll(heard);
    await empty(backplane);
    await ring(backplane, 'same');
    await until('it is handled again', () => heard.length === 2);
    endAll(heard);
    await empty(backplane);
  });

  it('refuses a payload that the catalogue does not know', async () => {
    const backplane = await start();
    await expect(backplane.producer.ring('stage.delivery', { runId: 'no id' }, { id: 'x' })).rejects.toThrow(/uuid/i);
    expect(await backplane.admin.isEmpty()).toBe(true);
  });

  it('survives a handler that throws', async () => {
    const backplane = await start();
    let calls = 0;
    const fails = async () => {
      calls += 1;
      throw new Error('no');
    };
    backplane.consumer().consume({ 'stage.implementation': fails, 'stage.delivery': fails }, { concurrency: 1 });
    await ring(backplane);
    await ring(backplane);
    await until('both were handled', () => calls === 2);
    await empty(backplane);
  });

  it('gives the jobs of a consumer that died to another one', async () => {
    const [first, second] = [await start(), await start()];
    const dead = listen(first);
    await ring(first, 'orphan');
    await until('the first has it', () => dead.heard.length === 1);
    dead.consumer.pause();
    const alive = listen(second);
    await stage.breakLocks();
    await until('the second has it', () => alive.heard.length === 1);
    expect(alive.heard[0]?.context.id).toBe('orphan');
    endAll([...dead.heard, ...alive.heard]);
  });

  it('aborts the handler whose lock is lost', async () => {
    const backplane = await start();
    const { heard } = listen(backplane);
    await ring(backplane);
    await until('the handler is called', () => heard.length === 1);
    await stage.breakLocks();
    await until('its signal aborts', () => heard[0]?.context.signal.aborted === true);
    expect(heard[0]?.context.signal.reason).toBe('lock_lost');
    endAll(heard);
  });

  it('keeps the lock of a handler that takes longer than the lock lasts', async () => {
    const [first, second] = [await start(), await start()];
    const { heard } = listen(first);
    await ring(first);
    await until('the handler is called', () => heard.length === 1);
    const other = listen(second);
    const began = performance.now();
    await until('two locks would have run out', () => performance.now() - began > 2 * times.lockMs);
    expect([heard[0]?.context.signal.aborted, other.heard.length]).toEqual([false, 0]);
    endAll(heard);
    await empty(first);
  });

  describe('closing', () => {
    const closing = async (consumer: QueueConsumer, graceMs: number, hurry?: AbortSignal) =>
      consumer.close({ graceMs, ...(hurry && { hurry }) });

    it('takes nothing more after a pause', async () => {
      const backplane = await start();
      const { heard, consumer } = listen(backplane);
      await ring(backplane);
      await until('the first is taken', () => heard.length === 1);
      consumer.pause();
      await ring(backplane);
      const began = performance.now();
      await until('a listener would have taken it', () => performance.now() - began > 500);
      expect([heard.length, await backplane.admin.counts()]).toEqual([1, { waiting: 1, active: 1 }]);
      endAll(heard);
    });

    it('lets handlers end within the grace period', async () => {
      const backplane = await start();
      const { heard, consumer } = listen(backplane);
      await ring(backplane);
      await until('the handler is called', () => heard.length === 1);
      const closed = closing(consumer, 60_000);
      expect(heard[0]?.context.signal.aborted).toBe(false);
      endAll(heard);
      await closed;
      expect(await backplane.admin.isEmpty()).toBe(true);
    });

    it.each(['the grace period is over', 'there is a hurry'])('aborts handlers when %s', async (why) => {
      const backplane = await start();
      const { heard, consumer } = listen(backplane);
      await ring(backplane);
      await until('the handler is called', () => heard.length === 1);
      const { signal, end } = { signal: heard[0]?.context.signal, end: heard[0]?.end };
      signal?.addEventListener('abort', () => end?.());
      const closed =
        why === 'there is a hurry' ? closing(consumer, 60_000, AbortSignal.abort()) : closing(consumer, 20);
      await closed;
      await consumer.close();
      expect([signal?.reason, consumer.active]).toEqual(['closing', 0]);
    });
  });

  describe('when the server fails', () => {
    it('rejects a ring in time while it is down, starts nothing, and goes on when it is back', async () => {
      const backplane = await start();
      const { heard } = listen(backplane);
      await ring(backplane);
      await until('a job is handled', () => heard.length === 1);
      endAll(heard);
      await empty(backplane);
      await stage.down();
      const rung = await timed(ring(backplane));
      const asked = await timed(backplane.checks.queue());
      await stage.up();
      expect([rung.code, asked.code]).toEqual(['queue_unavailable', 'queue_unavailable']);
      expect(Math.max(rung.ms, asked.ms)).toBeLessThan(times.commandMs + 250);
      await until('a ring is accepted', async () => (await timed(ring(backplane))).code === 'none');
      await until('it is handled', () => heard.length >= 2);
      endAll(heard);
    });

    it('goes on with a consumer that was opened while it was down, and keeps time meanwhile', async () => {
      const backplane = await start();
      await stage.down();
      const { heard } = listen(backplane);
      const begun = performance.now();
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      expect(performance.now() - begun).toBeLessThan(3_000);
      await stage.up();
      await until('a ring is heard', async () => {
        if (heard.length === 0) await ring(backplane, 'the one').catch(() => undefined);
        return heard.length > 0;
      });
      endAll(heard);
    });

    it('rejects a ring in time while it hangs, and goes on when it answers', async () => {
      const backplane = await start();
      const { heard } = listen(backplane);
      await ring(backplane);
      await until('a job is handled', () => heard.length === 1);
      await stage.hang();
      const rung = await timed(ring(backplane));
      await stage.unhang();
      expect(rung.code).toBe('queue_unavailable');
      expect(rung.ms).toBeLessThan(times.commandMs + 250);
      await until('a ring is accepted', async () => (await timed(ring(backplane))).code === 'none');
      await until('it is handled', () => heard.length >= 2);
      endAll(heard);
    });

    it('goes on after the server has forgotten everything', async () => {
      const backplane = await start();
      const { heard } = listen(backplane);
      await ring(backplane);
      await until('a job is handled', () => heard.length === 1);
      await stage.wipe();
      await ring(backplane);
      await until('the next is handled', () => heard.length === 2);
      await until('the first hears that its lock is gone', () => heard[0]?.context.signal.aborted === true);
      endAll(heard);
    });

    it('waits for it at the start, and stop ends the waiting', async () => {
      await stage.down();
      const backplane = createBackplane({ ...stage.options, times });
      const starting = backplane.start();
      const impatient = createBackplane({ ...stage.options, times });
      const given = impatient.start();
      await impatient.stop();
      await expect(given).rejects.toThrow();
      await stage.up();
      await starting;
      await ring(backplane);
      expect((await backplane.admin.counts()).waiting).toBe(1);
      await backplane.stop();
      await backplane.stop();
    });
  });
});
