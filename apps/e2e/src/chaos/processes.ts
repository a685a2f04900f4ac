import { readFileSync } from 'node:fs';
import { waitFor } from '@lockstep/testing';
import type { ServiceProcess } from '../stack';

export const isGone = ({ child }: ServiceProcess): boolean => child.exitCode !== null || child.signalCode !== null;

/** Ends a process as a machine that loses power does. */
export async function kill(service: ServiceProcess): Promise<void> {
  service.child.kill('SIGKILL');
  await untilGone(service);
}

export const untilGone = (service: ServiceProcess, timeoutMs = 60_000): Promise<unknown> =>
  waitFor(() => isGone(service), { what: `${service.name} to be gone`, timeoutMs, everyMs: 5 });

export const freeze = (service: ServiceProcess): void => void service.child.kill('SIGSTOP');
export const thaw = (service: ServiceProcess): void => void service.child.kill('SIGCONT');

export const says = (service: ServiceProcess, words: string, timeoutMs = 30_000): Promise<unknown> =>
  waitFor(() => service.log().includes(words), { what: `${service.name} to say "${words}"`, timeoutMs, everyMs: 5 });

/** What a process holds in memory, in megabytes. */
export const memoryOf = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

/** Whether the kernel has stopped it. */
export const isStopped = ({ child }: ServiceProcess): boolean =>
  /\) T /.test(readFileSync(`/proc/${child.pid}/stat`, 'latin1'));

/** The environment that a living process was started with. */
export const environmentOf = ({ child }: ServiceProcess): Record<string, string> =>
  Object.fromEntries(
    readFileSync(`/proc/${child.pid}/environ`, 'utf8')
      .split('\0')
      .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );
