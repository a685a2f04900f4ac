import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '@lockstep/testing';
import { startChild, type Child } from '../world/children';

export interface CrowdSpec {
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly clients: number;
  readonly hello: string | null;
}

/** Clients in a process of their own. */
export interface Crowd {
  /** Frames that all of them have received. */
  received(): Promise<number>;
  /** Waits until they have received so many. */
  until(frames: number): Promise<void>;
  end(): Promise<void>;
}

export const startProgram = (name: string): Promise<Child> =>
  startChild(name, [process.execPath, join(__dirname, `${name}-main.js`)], { env: {}, ready: 'listening' });

export async function startCrowd(spec: CrowdSpec): Promise<Crowd> {
  const child = await startProgram('clients');
  const order = (line: string): void => void child.process.stdin?.write(`${line}\n`);
  order(JSON.stringify(spec));
  await waitFor(() => child.log().includes('ready'), { what: `${spec.clients} clients`, timeoutMs: 30_000 });
  const received = async (): Promise<number> => {
    const before = child.log().length;
    order('?');
    const answer = await waitFor(() => /^(\d+)\n/.exec(child.log().slice(before))?.[1], {
      what: 'a count',
      everyMs: 2,
    });
    return Number(answer);
  };
  return {
    received,
    until: async (frames) =>
      void (await waitFor(async () => (await received()) >= frames, {
        what: `${frames} frames`,
        timeoutMs: 20_000,
        everyMs: 10,
      })),
    end: () => child.end(),
  };
}

/** Seconds of processor time that a process has used, from /proc; a clock tick is a hundredth. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
