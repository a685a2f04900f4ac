import { drills } from './catalogue';
import type { BackplaneKind } from './drill';
import { playDrill, startServers } from './harness';
import { hasRedis } from './servers/redis';

/** Two rows of drills side by side, each with servers of its own to break: most of a drill is waiting. */
const rows: readonly (readonly [drill: string, on: BackplaneKind][])[] = [
  [
    ['windows', 'postgres'],
    ['redis-killed', 'redis'],
    ['listeners-cut', 'redis'],
  ],
  [
    ['postgres-restarted', 'postgres'],
    ['freeze', 'postgres'],
    ['people-at-once', 'postgres'],
  ],
];

const options = { seed: 20_261, rounds: 1, short: true };

describe('the short form of the drills', () => {
  it.concurrent.each(rows.map((row) => [row.map(([name]) => name).join(', '), row] as const))(
    '%s',
    async (_, row) => {
      const servers = await startServers();
      try {
        for (const [name, kind] of row) {
          const drill = drills.find((each) => each.name === name)!;
          if (kind === 'redis' && !hasRedis()) continue;
          const outcome = await playDrill(servers, drill, kind, options);
          expect({ drill: name, fault: outcome.fault ?? 'none' }).toEqual({ drill: name, fault: 'none' });
        }
      } finally {
        await servers.stop();
      }
    },
    240_000,
  );
});
