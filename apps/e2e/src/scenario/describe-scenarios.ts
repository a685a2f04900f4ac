import { runScenario, scriptOf } from './run-scenario';
import type { Scenario } from './scenario';
import { stackAtRest } from './stack-at-rest';

export interface ScenarioFile {
  readonly title: string;
  readonly scenarios: readonly Scenario[];
  /** What the file made outside of its stack. */
  readonly tidy?: () => void;
}

/** One stack for a file's scenarios, which run side by side; at the end the whole of it is at rest. */
export function describeScenarios({ title, scenarios, tidy }: ScenarioFile): void {
  const stack = stackAtRest({ executors: 1, concurrency: 4, script: scriptOf(scenarios) }, { tidy });
  describe(title, () => {
    it.concurrent.each(scenarios.map((scenario) => [scenario.tag, scenario] as const))(
      '%s',
      async (_, scenario) => {
        await runScenario(stack(), scenario);
      },
      120_000,
    );
  });
}
