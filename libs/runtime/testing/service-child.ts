import { failpoint, processSettings, runService, type Service } from '../src';

/** A service whose ways of ending are chosen by the first argument; it prints what happens to it. */
const manner = process.argv[2];
const say = (word: string) => process.stderr.write(`${word}\n`);

const stop: Service['stop'] = async (hurry) => {
  say('stop');
  if (manner === 'orderly') return;
  if (manner === 'stop-fails') throw new Error('cannot stop');
  await new Promise<void>((resolve) => hurry?.addEventListener('abort', () => manner !== 'stuck' && resolve()));
  say('hurried');
};

async function start(): Promise<void> {
  setInterval(() => undefined, 1_000);
  await failpoint('child.start');
  if (manner === 'start-fails') throw new Error('cannot start');
  if (manner === 'start-hangs') await new Promise(() => undefined);
  if (manner === 'rejects') void Promise.reject(new Error('nobody looks'));
  say('ready');
}

runService({
  name: 'child',
  settings: processSettings,
  build: () => ({ start, stop: manner === 'start-fails' ? async () => undefined : stop }),
});
