import { expectRest } from '../oracle';
import { startStack, type Stack, type StackOptions } from '../stack';

export interface StackUse {
  /** Each case has a stack of its own. */
  readonly each?: boolean;
  /** What the cases made outside of their stack. */
  readonly tidy?: (() => void) | undefined;
}

/** A stack for the cases of a `describe`, which ask the function that comes back for it; at the end the whole of it is at rest. */
export function stackAtRest(options: StackOptions, { each = false, tidy }: StackUse = {}): () => Stack {
  const [before, after] = each ? [beforeEach, afterEach] : [beforeAll, afterAll];
  let stack: Stack | undefined;
  before(async () => {
    stack = undefined;
    stack = await startStack(options);
  }, 120_000);
  after(async () => {
    try {
      if (stack) await expectRest(stack);
    } finally {
      await stack?.stop();
      tidy?.();
    }
  }, 120_000);
  return () => {
    if (!stack) throw new Error('the stack did not start');
    return stack;
  };
}
