import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { Fault, type PlanDocument } from '@lockstep/contracts';
import type { ParseOptions } from '../parse';

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

const startWorker = (source: string, options: ParseOptions): Worker => {
  const typed = __filename.endsWith('.ts');
  const entry = join(__dirname, typed ? 'entry.ts' : 'entry.js');
  return new Worker(typed ? fromSource : entry, {
    eval: typed,
    workerData: { entry, source, options },
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

/**
 * `parsePlan` in a thread of its own, so that no document can hold up its reader.
 * @throws Fault plan_deadline when it takes longer than `deadlineMs` (10 s) or more than 512 MB
 */
export const parsePlanInWorker = (
  source: string,
  { deadlineMs = defaultDeadlineMs, ...options }: DeadlineOptions = {},
): Promise<PlanDocument> => {
  const worker = startWorker(source, options);
  return new Promise<PlanDocument>((resolve, reject) => {
    const timer = setTimeout(() => reject(late(`it took longer than ${deadlineMs} ms`)), deadlineMs);
    worker.once('message', resolve);
    worker.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? late(`it took more than ${memoryMb} MB`) : error),
    );
    worker.once('exit', (code) => reject(late(`the thread ended with ${code}`)));
    worker.once('exit', () => clearTimeout(timer));
  }).finally(() => worker.terminate());
};
