import { Fault, type FaultCode } from '@lockstep/contracts';
import { silentLogger } from '@lockstep/runtime';
import { NudgeLink } from './nudge-link';

const link = (code: FaultCode): NudgeLink =>
  new NudgeLink(
    {
      start: () => Promise.reject(new Fault(code, 'no')),
      stop: () => Promise.resolve(),
      nudges: { publish: () => undefined, subscribe: () => Promise.resolve(() => undefined) },
    },
    silentLogger(),
  );

it('refuses a backplane that must not be used, and does without one that is away', async () => {
  await expect(link('config_invalid').start()).rejects.toMatchObject({ code: 'config_invalid' });
  await expect(link('queue_unavailable').start()).resolves.toBeUndefined();
});
