import { z } from 'zod';

/**
 * A fault to inject where the code says `failpoint(name)`: `kill` ends the process as `kill -9` does, `throw` raises Fault
 * `internal`, `pause` stops the process until somebody sends SIGCONT, `delay` waits. `skip` strikes where the code says `skips(name)`:
 * it takes a protection out, so that a drill can show that it fails without it.
 */
export interface Failpoint {
  readonly name: string;
  readonly action: 'kill' | 'throw' | 'pause' | 'delay' | 'skip';
  /** For `delay`: how long. */
  readonly delayMs: number;
  /** Only this hit (from 1) in the life of the process; every hit when absent. */
  readonly hit?: number;
}

const shape = /^(?<name>[\w.-]+)=(?<action>kill|throw|pause|skip|delay:(?<delayMs>\d+))(?:@(?<hit>[1-9]\d*))?$/;

function parseOne(text: string): Failpoint | undefined {
  const groups = shape.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const { name = '', action = '', delayMs, hit } = groups;
  return {
    name,
    action: action.split(':')[0] as Failpoint['action'],
    delayMs: Number(delayMs ?? 0),
    ...(hit === undefined ? {} : { hit: Number(hit) }),
  };
}

/** `name=kill`, `name=throw@2`, `name=delay:500`, `name=pause`, `name=skip`, separated by commas. */
export const failpointList = z.string().transform((text, context): readonly Failpoint[] => {
  const parts = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const parsed = parts.map(parseOne);
  const bad = parts.filter((_, index) => parsed[index] === undefined);
  bad.forEach((part) =>
    context.addIssue({
      code: 'custom',
      message: `${JSON.stringify(part)} is not name=kill|throw|pause|skip|delay:MS, with @N for the Nth hit`,
    }),
  );
  return parsed.filter((point) => point !== undefined);
});
