import { parentPort, workerData } from 'node:worker_threads';
import { parsePlan, type ParseOptions } from '../parse';

/** The thread's side: reads one plan, answers with it, ends. */
const { source, options } = workerData as { source: string; options: ParseOptions };
parentPort?.postMessage(parsePlan(source, options));
