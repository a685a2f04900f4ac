import { counts } from './report';
import type { TestCounts } from '@lockstep/contracts';

const fields = ['tests', 'suites', 'pass', 'fail', 'cancelled', 'skipped', 'todo', 'duration_ms'];

export interface NodeBlock {
  readonly tests: TestCounts;
  readonly suites: number;
}

/**
 * The eight lines with which node:test's `spec` (`ℹ tests 8`) and TAP (`# tests 8`) reporters end. Null unless all eight
 * stand there, in order. Todo tests are counted with the skipped, cancelled ones with the failed.
 */
export const readNodeBlock = (lines: readonly string[], at: number, sign: string): NodeBlock | null => {
  const values: Record<string, number> = {};
  for (const [offset, field] of fields.entries()) {
    const line = lines[at + offset];
    const prefix = `${sign} ${field} `;
    const value = line?.startsWith(prefix) ? Number(line.slice(prefix.length)) : NaN;
    if (!Number.isFinite(value)) return null;
    values[field] = value;
  }
  const of = (field: string): number => values[field]!;
  return { tests: counts(of('pass'), of('fail') + of('cancelled'), of('skipped') + of('todo')), suites: of('suites') };
};

export const nodeBlockLines = fields.length;

/**
 * node:test reports a file without any test as one passing test that bears the file's name. It is none. A file that fails
 * to load bears it too, and stays a failure.
 */
export const isFileName = (name: string): boolean => /^(?:\/.*|\S+)\.[cm]?[jt]sx?$/.test(name);

export const withoutFiles = (tests: TestCounts, files: number): TestCounts =>
  counts(Math.max(0, tests.passed - files), tests.failed, tests.skipped);
