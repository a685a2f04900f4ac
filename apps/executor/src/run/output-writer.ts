import type { Logger } from '@lockstep/runtime';
import type { RunStore } from './run-store';

const flushAfterMs = 50;
const flushBytes = 16 * 1024;
/** Waiting for Postgres at most; what comes on top is dropped, and said. */
const maxWaiting = 4 * 1024 * 1024;

/** Coalesces the agent's byte stream into chunks: output is droppable, so it waits for nobody and nobody waits for it. */
export class OutputWriter {
  private waiting = '';
  private dropped = 0;
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: RunStore,
    private readonly logger: Logger,
  ) {}

  push(text: string): void {
    if (this.waiting.length + text.length > maxWaiting) {
      this.dropped += text.length;
      return;
    }
    this.waiting += text;
    if (this.waiting.length >= flushBytes) void this.flush();
    else this.timer ??= setTimeout(() => void this.flush(), flushAfterMs);
  }

  /** Resolves when what was pushed so far is stored, or could not be. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.writing = this.writing.then(() => this.writeOut());
    return this.writing;
  }

  private async writeOut(): Promise<void> {
    const text = this.waiting + (this.dropped > 0 ? `\n[${this.dropped} characters of output were dropped]\n` : '');
    this.waiting = '';
    this.dropped = 0;
    if (text === '') return;
    await this.store
      .output('agent', text)
      .catch((error: unknown) => this.logger.warn({ err: error }, 'a chunk of output was not stored'));
  }
}
