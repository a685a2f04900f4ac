import { isFault, type FaultPlace } from '@lockstep/contracts';
import { isProblem, printable, printableLines } from '@lockstep/client';

/** An error as text for people: what happened and what to do, then each place in the input, on a line of its own. */
export function errorText(error: unknown): string {
  const [message, places] = partsOf(error);
  return [`lockstep: ${printableLines(message)}`, ...places.map(placeText)].join('\n') + '\n';
}

function partsOf(error: unknown): readonly [string, readonly FaultPlace[]] {
  if (isFault(error)) return [error.message, error.places];
  if (isProblem(error)) return [error.detail, error.errors as readonly FaultPlace[]];
  return [error instanceof Error ? (error.stack ?? error.message) : String(error), []];
}

export function placeText({ line, column, pointer, code, message, hint }: FaultPlace): string {
  const where = line === undefined ? pointer : `${line}:${column ?? 1}`;
  const what = [where, code, message].filter((part) => part !== undefined && part !== '').join('  ');
  return printable(`  ${what}${hint ? ` ${hint}` : ''}`);
}
