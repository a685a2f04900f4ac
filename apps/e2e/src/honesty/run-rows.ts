import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expectRest } from '../oracle';
import { runScenario, scriptOf } from '../scenario/run-scenario';
import type { Scenario } from '../scenario/scenario';
import { startStack, type Stack } from '../stack';

export interface Rows {
  readonly title: string;
  readonly rows: readonly Scenario[];
  /** A tool that the rows need and the machine may lack. */
  readonly needs?: 'pytest' | 'go';
}

/** Where the gate looks for tools. */
const isThere = (tool: string): boolean =>
  ['/usr/local/bin', '/usr/bin', '/bin'].some((at) => existsSync(join(at, tool)));

const limitMs = 120_000;

/** All rows on one stack, several at once. Rows whose tool is missing are listed as skipped, with the reason in their name. */
export function runRows(groups: readonly Rows[]): void {
  const able = groups.filter(({ needs }) => needs === undefined || isThere(needs));
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack({ executors: 1, concurrency: 5, script: scriptOf(able.flatMap(({ rows }) => rows)) });
  }, limitMs);
  afterAll(async () => {
    try {
      if (stack) await expectRest(stack);
    } finally {
      await stack?.stop();
    }
  }, limitMs);

  for (const group of groups)
    describe(group.title, () => {
      if (able.includes(group))
        it.concurrent.each(group.rows.map((row) => [row.tag, row] as const))(
          '%s',
          async (_, row) => void (await runScenario(stack, row)),
          limitMs,
        );
      else it.skip.each(group.rows.map(({ tag }) => tag))(`%s (${group.needs} is not installed)`, () => undefined);
    });
}
