import { tailOf } from '../run/capture';
import type { VerificationResult } from '../run/verification';

const tailBytes = 8 * 1024;
const mostFailing = 50;
const longestName = 300;

type Failure = Pick<
  VerificationResult,
  'command' | 'exitCode' | 'verdict' | 'detail' | 'tests' | 'failing' | 'output' | 'expected'
>;

/** A fence longer than any in the text: output can't step out of it and speak to the agent. */
const fenced = (text: string): string => {
  const longest = Math.max(2, ...[...text.matchAll(/`{3,}/g)].map((match) => match[0].length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}\n${text.replace(/\n$/, '')}\n${fence}`;
};

const failingLines = (failing: readonly string[]): string[] => {
  if (failing.length === 0) return [];
  const names = failing.slice(0, mostFailing).map((name) => `- ${name.slice(0, longestName)}`);
  const more = failing.length > mostFailing ? [`- … and ${failing.length - mostFailing} more`] : [];
  return ['Failing:', ...names, ...more];
};

const outcome = ({ exitCode, verdict, detail, tests }: Failure): string => {
  const counted = tests ? `; ${tests.passed} passed, ${tests.failed} failed, ${tests.skipped} skipped` : '';
  return `Verdict: ${verdict} (${detail}); exit ${exitCode ?? 'none'}${counted}`;
};

/** What the agent is told of a verification that didn't pass: markdown, at most some 25 KB. */
export const failureReport = (result: Failure): string =>
  [
    'Command:',
    fenced(result.command),
    outcome(result),
    ...result.expected.filter((check) => check.met === false).map((check) => `Expected: ${check.text} — ${check.note}`),
    ...failingLines(result.failing),
    'The end of its output:',
    fenced(tailOf(result.output, tailBytes)),
  ].join('\n');
