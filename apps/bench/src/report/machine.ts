import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

/** The kind of machine, without its name. */
export const machineText = (): string =>
  [
    `${availableParallelism()} cores (${cpus()[0]?.model ?? 'unknown'})`,
    `${Math.round(totalmem() / 2 ** 30)} GiB`,
    `Node ${process.versions.node}`,
    `load ${loadavg()[0]?.toFixed(2) ?? '?'}`,
  ].join(', ');
