import { expectRest } from '../oracle';
import { startStack, type Stack } from '../stack';
import { runScenario, scriptOf } from './run-scenario';
import type { Scenario } from './scenario';

export interface ScenarioFile {
  readonly title: string;
  readonly scenarios: readonly Scenario[];
  /** What the file made outside of its stack. */
  readonly tidy?: () => void;
}

/** One stack for a file's scenarios, which run side by side; at the end the whole of it is at rest. */
export function describeScenarios({ title, scenarios, tidy }: ScenarioFile): void {
  let stack: Stack | undefined;
  beforeAll(async () => {
    stack = await startStack({ executors: 1, concurrency: 4, script: scriptOf(scenarios) });
  }, 120_000);
  afterAll(async () => {
    try {
      if (stack) await expectRest(stack);
    } finally {
      await stack?.stop();
      tidy?.();
    }
  }, 120_000);
  describe(title, () => {
    it.concurrent.each(scenarios.map((scenario) => [scenario.tag, scenario] as const))(
      '%s',
      async (_, scenario) => {
        if (!stack) throw new Error('the stack did not start');
        await runScenario(stack, scenario);
      },
      120_000,
    );
  });
}
