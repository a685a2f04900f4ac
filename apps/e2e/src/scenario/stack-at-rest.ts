import { expectRest } from '../oracle';
import { startStack, type Stack, type StackOptions } from '../stack';

/** A stack for the cases of a `describe`, which asks the function that comes back for it; at the end the whole of it is at rest. */
export function stackAtRest(options: StackOptions, tidy: () => void = () => undefined): () => Stack {
  let stack: Stack | undefined;
  beforeAll(async () => {
    stack = await startStack(options);
  }, 120_000);
  afterAll(async () => {
    try {
      if (stack) await expectRest(stack);
    } finally {
      await stack?.stop();
      tidy();
    }
  }, 120_000);
  return () => {
    if (!stack) throw new Error('the stack did not start');
    return stack;
  };
}
