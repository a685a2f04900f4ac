import { Fault } from '@lockstep/contracts';
import { delay } from '../timing/delay';
import type { Failpoint } from './spec';

const armed = new Map<string, Failpoint>();
const hits = new Map<string, number>();

/** Arms the given failpoints and disarms all others. `runService` does it from the configuration, which refuses them in production. */
export function armFailpoints(points: readonly Failpoint[]): void {
  armed.clear();
  hits.clear();
  points.forEach((point) => armed.set(point.name, point));
}

/**
 * A place where a drill may break the process: the windows between two effects that have to agree. Nothing happens unless the
 * name is armed. Names are `<area>.<window>`, for instance `step.after-ref-move`.
 */
export async function failpoint(name: string): Promise<void> {
  const point = armed.get(name);
  if (point === undefined) return;
  const hit = (hits.get(name) ?? 0) + 1;
  hits.set(name, hit);
  if (point.hit === undefined || point.hit === hit) await strike(point);
}

/**
 * Whether a drill has taken the protection `name` out. False wherever nothing is armed, and in production always: the configuration
 * refuses failpoints there.
 */
export const skips = (name: string): boolean => armed.get(name)?.action === 'skip';

async function strike(point: Failpoint): Promise<void> {
  switch (point.action) {
    case 'kill':
      process.kill(process.pid, 'SIGKILL');
      return new Promise(() => undefined);
    case 'pause':
      process.kill(process.pid, 'SIGSTOP');
      return;
    case 'delay':
      await delay(point.delayMs);
      return;
    case 'skip':
      return;
    case 'throw':
      throw new Fault(
        'internal',
        `The failpoint ${point.name} was hit. It is armed by LOCKSTEP_FAILPOINTS; unset it to go on.`,
      );
  }
}
