/**
 * Loaded into one process with `--require`: its wall clock jumps with every SIGUSR2, an hour ahead, an hour behind, and so on. Timers
 * and `performance.now()` go on as they do when a machine's clock is set.
 */
const hourMs = 3_600_000;
const shifts = [hourMs, -hourMs];
const Real = Date;
let shiftMs = 0;
let jumps = 0;

const now = (): number => Real.now() + shiftMs;

globalThis.Date = new Proxy(Real, {
  apply: () => new Real(now()).toString(),
  construct: (target, values: unknown[], newTarget) =>
    Reflect.construct(target, values.length === 0 ? [now()] : values, newTarget) as object,
  get: (target, name) => (name === 'now' ? now : (Reflect.get(target, name) as unknown)),
});

process.on('SIGUSR2', () => {
  shiftMs = shifts[jumps++ % shifts.length] ?? 0;
  process.stdout.write(`the clock jumps by ${shiftMs} ms\n`);
});
