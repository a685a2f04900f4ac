import { createHash } from 'node:crypto';
import type { TestCounts, Verdict } from '@lockstep/contracts';

/** What a digest vouches for: enough to tell two runs of a check apart, and nothing that differs between readers of it. */
export interface Evidence {
  readonly command: string;
  readonly exitCode: number | null;
  readonly verdict: Verdict;
  readonly tests?: TestCounts | null;
  readonly outputSha256: string;
}

/** Arrays rather than objects: their order is part of the format, so that no serialiser can change it. */
const canonical = ({ command, exitCode, verdict, tests, outputSha256 }: Evidence): unknown[] => [
  command,
  exitCode,
  verdict,
  tests ? [tests.passed, tests.failed, tests.skipped, tests.total] : null,
  outputSha256,
];

/** `sha256:<hex>` over the results in order, for the trailer `Lockstep-Verification`. Can be recomputed from stored rows. */
export const verificationDigest = (results: readonly Evidence[]): string =>
  `sha256:${createHash('sha256')
    .update(JSON.stringify(results.map(canonical)))
    .digest('hex')}`;
