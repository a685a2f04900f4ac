import { parseArgs } from 'node:util';

/** What the bench was asked for. */
export interface BenchOptions {
  /** Names of measures; empty: all of them. */
  readonly only: readonly string[];
  /** Fewer samples, and the long measures left out: under a minute. */
  readonly quick: boolean;
  /** One JSON object on stdout instead of the table. */
  readonly json: boolean;
}

export const usage = (names: readonly string[]): string =>
  `usage: npm run bench [-- [--only NAME]… [--quick] [--json]]\n  NAME: ${names.join(', ')}`;

/** @throws Error with a sentence for people when an argument isn't one of ours */
export function readOptions(args: readonly string[], names: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', multiple: true, default: [] },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  });
  const only = values.only.flatMap((each) => each.split(','));
  const unknown = only.filter((each) => !names.includes(each));
  if (unknown.length > 0) throw new Error(`There is no measure ${unknown.join(', ')}.`);
  return { only, quick: values.quick, json: values.json };
}
