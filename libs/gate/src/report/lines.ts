import { stripVTControlCharacters } from 'node:util';

/** Longer lines are data, not a report; cutting them bounds what every pattern below can cost. */
export const longestLine = 1_024;

/** A progress display rewrites its line with carriage returns; what stands there in the end counts. */
const settled = (line: string): string => {
  const trimmed = line.endsWith('\r') ? line.slice(0, -1) : line;
  return trimmed.slice(trimmed.lastIndexOf('\r') + 1);
};

/** Output as a person sees it: no colours, no rewritten lines. */
export const textLines = (output: string): string[] =>
  output.split('\n').map((line) => {
    const plain = settled(line.length > longestLine ? line.slice(0, longestLine) : line);
    return /[\u001b\u009b]/.test(plain) ? stripVTControlCharacters(plain) : plain;
  });

export const indentOf = (line: string): number => line.length - line.trimStart().length;
