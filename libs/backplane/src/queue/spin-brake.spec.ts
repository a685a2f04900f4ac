import { setImmediate as turn } from 'node:timers/promises';
import { spinBrake } from './spin-brake';

const faults = (brake: () => void, count: number) => Array.from({ length: count }, brake);

it('stops what fails without end in one turn of the event loop, once', () => {
  const stop = jest.fn();
  faults(spinBrake(stop), 1_000);
  expect(stop).toHaveBeenCalledTimes(1);
});

it('leaves alone what waits between its faults', async () => {
  const stop = jest.fn();
  const brake = spinBrake(stop);
  for (let round = 0; round < 5; round++) {
    faults(brake, 100);
    await turn();
  }
  expect(stop).not.toHaveBeenCalled();
});
