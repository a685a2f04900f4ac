import { setImmediate as breathe } from 'node:timers/promises';

const sliceMs = 10;

/** Long work in slices: between two of them the process does other things, such as a heartbeat. */
export class Slices {
  private end = performance.now() + sliceMs;

  get isOver(): boolean {
    return performance.now() > this.end;
  }

  async rest(): Promise<void> {
    await breathe();
    this.end = performance.now() + sliceMs;
  }
}
