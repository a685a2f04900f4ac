/** An open code fence: its character, the length of its run, and how many `>` stand before it. */
export interface Fence {
  readonly char: string;
  readonly length: number;
  readonly quotes: number;
}

const opening = /^((?:[ \t]*>)*)[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*(?:(`{3,})[^`]*|(~{3,})[^]*)$/;
const closing = /^[ \t>]*(`{3,}|~{3,})[ \t]*$/;
const quoted = /^(?:[ \t]*>)+/;

export const quoteDepth = (line: string): number => (quoted.exec(line)?.[0].match(/>/g) ?? []).length;

function opened(line: string): Fence | null {
  const match = opening.exec(line);
  if (!match) return null;
  const run = match[2] ?? match[3] ?? '';
  return { char: run.charAt(0), length: run.length, quotes: quoteDepth(match[1] ?? '') };
}

function closes(fence: Fence, line: string): boolean {
  const run = closing.exec(line)?.[1];
  return run !== undefined && run.charAt(0) === fence.char && run.length >= fence.length;
}

/**
 * One line on: the fence that is open after it, and whether the line itself is code (the fences' own lines are).
 * A fence inside a block quote ends with the quote, as in CommonMark.
 */
export function stepFence(fence: Fence | null, line: string): { fence: Fence | null; code: boolean } {
  if (fence && quoteDepth(line) >= fence.quotes) {
    return { fence: closes(fence, line) ? null : fence, code: true };
  }
  const next = opened(line);
  return { fence: next, code: next !== null };
}
