import { addTokens, noTokens } from '@lockstep/agent';
import type { TokenUsage } from '@lockstep/contracts';

const everyMs = 1_000;

/**
 * Counts a turn's tokens while it goes on, so that those of a turn that nobody comes to close are known. A turn that ends is counted
 * with its end; until then once a second does, since every count is a commit.
 */
export class UsageCount {
  private used = noTokens;
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly write: (used: TokenUsage) => Promise<void>,
    private readonly onError: (error: unknown) => void,
  ) {}

  add(tokens: TokenUsage): void {
    this.used = addTokens(this.used, tokens);
    this.timer ??= setTimeout(() => this.flush(), everyMs);
  }

  /** Nothing is written any more once it resolves. */
  async stop(): Promise<void> {
    clearTimeout(this.timer);
    await this.writing;
  }

  private flush(): void {
    this.timer = undefined;
    this.writing = this.writing.then(() => this.write(this.used)).catch(this.onError);
  }
}
