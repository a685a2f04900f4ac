import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Fault, type PlanDocument } from '@lockstep/contracts';
import type { ParseOptions } from '../parse';
import type { ReadRequest } from './entry';

export interface DeadlineOptions extends ParseOptions {
  /** Milliseconds after which the reading is given up, the thread's start included. */
  readonly deadlineMs?: number;
}

const defaultDeadlineMs = 10_000;
const memoryMb = 512;

/** Run from TypeScript sources, a thread has to compile its own imports, which only specs do. */
const fromSource = `
  const { workerData } = require('node:worker_threads');
  const modules = require('node:module');
  const load = modules.createRequire(workerData.entry);
  const { transformFileSync } = load('@swc/core');
  const jsc = { target: 'es2022', parser: { syntax: 'typescript' } };
  modules._extensions['.ts'] = (module, file) =>
    module._compile(transformFileSync(file, { jsc, module: { type: 'commonjs' } }).code, file);
  load(workerData.entry);
`;

const startWorker = (): Worker => {
  const typed = __filename.endsWith('.ts');
  const entry = join(__dirname, typed ? 'entry.ts' : 'entry.js');
  return new Worker(typed ? fromSource : entry, {
    eval: typed,
    workerData: { entry },
    resourceLimits: { maxOldGenerationSizeMb: memoryMb },
    env: {},
    execArgv: [],
  });
};

const late = (why: string): Fault =>
  new Fault(
    'plan_deadline',
    `Reading the plan was given up: ${why}. Split the plan, or look for very long lines and deep nesting.`,
  );

/** @throws Fault plan_deadline; the thread is of no more use then */
const readIn = (worker: Worker, request: ReadRequest, deadlineMs: number): Promise<PlanDocument> =>
  new Promise<PlanDocument>((resolve, reject) => {
    const timer = setTimeout(() => reject(late(`it took longer than ${deadlineMs} ms`)), deadlineMs);
    worker.once('message', resolve);
    worker.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? late(`it took more than ${memoryMb} MB`) : error),
    );
    worker.once('exit', (code) => reject(late(`the thread ended with ${code}`)));
    worker.ref();
    worker.postMessage(request);
    const settled = (): void => clearTimeout(timer);
    worker.once('message', settled).once('exit', settled);
  });

/**
 * Reads plans in threads, so that no document can hold up its reader. A thread reads one plan at a time; one that is done is kept for the
 * next plan, because a thread's start takes longer than the reading does. One that failed is not.
 */
export class PlanReaders {
  private spare: Worker | null = null;
  private kept = false;

  /** Starts the thread that the first plan is read in. From now on one thread is kept, until `stop`. */
  start(): void {
    this.kept = true;
    if (this.spare === null) this.keep(startWorker());
  }

  /**
   * `parsePlan` in a thread.
   * @throws Fault plan_deadline when it takes longer than `deadlineMs` (10 s) or more than 512 MB
   */
  async read(
    source: string,
    { deadlineMs = defaultDeadlineMs, ...options }: DeadlineOptions = {},
  ): Promise<PlanDocument> {
    const worker = this.spare ?? startWorker();
    this.spare = null;
    try {
      const plan = await readIn(worker, { source, options }, deadlineMs);
      this.keep(worker);
      return plan;
    } catch (error) {
      void worker.terminate();
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.kept = false;
    const worker = this.spare;
    this.spare = null;
    await worker?.terminate();
  }

  private keep(worker: Worker): void {
    // By name: Worker has listeners of its own that say when its port is to be listened to.
    for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event);
    if (!this.kept || this.spare !== null) return void worker.terminate();
    this.spare = worker;
    worker.unref();
    const forget = (): void => void (this.spare === worker && (this.spare = null));
    worker.once('error', forget).once('exit', forget);
  }
}
