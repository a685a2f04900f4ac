import { jobs, type JobName, type JobPayload, type QueueName } from '@lockstep/contracts';
import { serializedInterval, type Logger, type SerializedInterval } from '@lockstep/runtime';
import { WaitingError } from 'bullmq';
import type { BackplaneTimes, JobHandlers } from '../ports';
import { atMost, bounded } from './bounded';
import { ringIdOf, type AnyJob, type JobWorker, type QueueDriver } from './driver';
import { RunningJobs } from './running';
import { spinBrake } from './spin-brake';
import { Watchdog } from './watchdog';

export interface ListenerOptions {
  readonly driver: QueueDriver;
  readonly queue: QueueName;
  readonly handlers: JobHandlers;
  readonly concurrency: number;
  readonly times: BackplaneTimes;
  readonly logger: Logger;
}

/** How long aborted handlers may take to end, and a worker to close. */
const endMs = 10_000;
const closeMs = 2_000;
/** The same in a hurry: long enough to end an agent and keep its work, within what a process has after the second signal. */
const hurriedEndMs = 4_000;

/** Takes the jobs of one queue: a BullMQ worker, and the watchdog that replaces it when it sleeps or raves. */
export class QueueListener {
  private readonly running = new RunningJobs();
  private readonly retired: Promise<unknown>[] = [];
  private readonly watchdog: Watchdog;
  private worker: JobWorker | undefined;
  private watching: SerializedInterval | undefined;
  private paused = false;

  constructor(private readonly options: ListenerOptions) {
    this.watchdog = new Watchdog(options.times);
  }

  get active(): number {
    return this.running.size;
  }

  start(): void {
    this.worker = this.open();
    this.watching = serializedInterval({
      everyMs: this.options.times.watchMs,
      task: () => this.watch(),
      onError: (err) => this.options.logger.error({ err }, 'the queue watchdog failed'),
    });
  }

  /** The worker's own pause cuts its blocking read before it waits for the handlers, so that nothing is taken from here on. */
  pause(): void {
    this.paused = true;
    void this.worker?.pause().catch(() => undefined);
  }

  async close(graceMs: number, hurry?: AbortSignal): Promise<void> {
    this.pause();
    await this.watching?.stop();
    await this.running.settle(graceMs, hurry);
    this.running.abort('closing');
    if (!hurry?.aborted) await this.running.settle(endMs, hurry);
    if (hurry?.aborted) await this.running.settle(hurriedEndMs);
    if (this.worker !== undefined) this.retire(this.worker);
    await Promise.all(this.retired);
  }

  private open(): JobWorker {
    const { driver, queue, concurrency } = this.options;
    const free = Math.max(1, concurrency - this.running.size);
    const worker: JobWorker = driver.createWorker(queue, (job, token) => this.take(worker, job, token), free);
    const brake = spinBrake(() => void worker.close(true).catch(() => undefined));
    worker.on('error', (error) => {
      this.watchdog.sawError(error);
      brake();
    });
    worker.on('lockRenewalFailed', (lost) =>
      this.running.abort('lock_lost', (entry) => entry.worker === worker && lost.includes(entry.jobId)),
    );
    return worker;
  }

  private async take(worker: JobWorker, job: AnyJob, token: string | undefined): Promise<void> {
    this.watchdog.sawStart();
    if (this.paused) {
      await job.moveToWait(token);
      throw new WaitingError();
    }
    const jobId = job.id ?? '';
    try {
      await this.running.run(jobId, worker, (signal) => this.handle(job, jobId, signal));
    } catch (err) {
      this.options.logger.error(
        { err, job: job.name, jobId },
        'a job handler failed; the sweeper will ring again if the run still waits',
      );
    } finally {
      this.widen();
    }
  }

  private async handle(job: AnyJob, jobId: string, signal: AbortSignal): Promise<void> {
    const { handlers, logger } = this.options;
    const row = jobs[job.name as JobName] as (typeof jobs)[JobName] | undefined;
    const parsed = row?.payload.safeParse(job.data);
    if (!parsed?.success)
      return logger.error({ job: job.name, jobId }, 'a job that is not in the catalogue was dropped');
    const handler = handlers[job.name as JobName] as (
      payload: JobPayload<JobName>,
      context: { id: string; signal: AbortSignal },
    ) => Promise<void>;
    await handler(parsed.data, { id: ringIdOf(jobId), signal });
  }

  /** After a replacement the new worker has only the slots that the old one's handlers leave free; they become its own as those end. */
  private widen(): void {
    if (this.worker === undefined) return;
    const elsewhere = this.running.size - this.running.countOf(this.worker);
    this.worker.concurrency = Math.max(1, this.options.concurrency - elsewhere);
  }

  private async watch(): Promise<void> {
    const verdict = this.watchdog.look({
      waiting: await this.waiting(),
      free: this.options.concurrency - this.running.size,
      open: this.worker !== undefined,
    });
    const { queue, logger } = this.options;
    if (verdict.errors > 0)
      logger.warn({ queue, err: verdict.lastError, errors: verdict.errors }, 'the queue worker reports faults');
    if (this.paused || verdict.act === 'nothing') return;
    if (verdict.act !== 'open') logger.warn({ queue, why: verdict.act }, 'the queue worker is replaced');
    if (this.worker !== undefined) this.retire(this.worker);
    this.worker = verdict.act === 'rest' ? undefined : this.open();
  }

  /** How many jobs wait; none known while the queue does not answer. */
  private async waiting(): Promise<number> {
    const { driver, queue, times } = this.options;
    try {
      const counts = await bounded('Counting jobs', times.commandMs, async () =>
        (await driver.queue(queue)).getJobCounts('waiting', 'prioritized'),
      );
      return (counts['waiting'] ?? 0) + (counts['prioritized'] ?? 0);
    } catch {
      return 0;
    }
  }

  /**
   * Closes a worker. While handlers of a replaced one are running it keeps their locks and ends after them; one that has none is ended
   * at once, as are handlers that outlived the close. Only after an orderly end there may be a last word for the server to wait for.
   */
  private retire(worker: JobWorker): void {
    const busy = this.running.countOf(worker) > 0;
    const closed = worker.close(busy === this.paused);
    const end =
      busy && !this.paused
        ? closed
        : atMost(closeMs, closed).then((done) => (done ? undefined : atMost(closeMs, worker.disconnect())));
    this.retired.push(end.catch(() => undefined));
  }
}
