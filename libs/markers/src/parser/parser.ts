import type { MarkerEvent } from '../events';
import { Collector } from './collect';
import { quoteDepth, stepFence, type Fence } from './fence';
import { findTag } from './tags';

export interface MarkerParser {
  /** Takes the next piece of assistant text, cut anywhere; gives the events that it completes, in order. */
  push(text: string): MarkerEvent[];
  /** The text block is over. The parser is as new afterwards: call it once per text block, since code fences end with it. */
  end(): MarkerEvent[];
}

/** A line longer than this is read in parts, so that a stream without line breaks is bounded too. */
const maxLine = 64 * 1024;
/** How far before such a cut an unfinished tag is looked for, to keep it whole. */
const maxCarry = 512;

/** What is known about the line that is being read. */
interface LineState {
  /** Characters of the line that were taken out of the buffer. */
  taken: number;
  /** The column where the line is cut if it hasn't ended; columns, so that a cut doesn't depend on how the text arrives. */
  nextCut: number;
  /** Set by the line's first part: code and quotations hold no markers. */
  plain: boolean | null;
}

const freshLine = (): LineState => ({ taken: 0, nextCut: maxLine, plain: null });

/**
 * Reads markers from a stream of assistant text. The events depend on the text alone, never on where it was cut: a tag is
 * acted on as soon as no further text can change its reading, so that a status shows before its line ends.
 *
 * Markers inside fenced code, inline code (within a line) and block quotes don't count.
 */
class StreamParser implements MarkerParser {
  private buffer = '';
  private line = freshLine();
  private fence: Fence | null = null;
  private collector = new Collector();

  push(text: string): MarkerEvent[] {
    this.buffer += text;
    this.drain();
    if (text.includes(']')) this.readEarly();
    return this.collector.take();
  }

  end(): MarkerEvent[] {
    this.drain();
    if (this.buffer !== '') this.readPart(this.buffer, true);
    this.collector.end();
    const events = this.collector.take();
    this.buffer = '';
    this.line = freshLine();
    this.fence = null;
    return events;
  }

  /** Reads whole lines, and parts of lines that are too long, out of the buffer. */
  private drain(): void {
    let from = 0;
    for (;;) {
      const newline = this.buffer.indexOf('\n', from);
      const room = this.line.nextCut - this.line.taken;
      const cut = newline >= 0 && newline - from <= room ? newline : from + room;
      if (cut !== newline && this.buffer.length - from <= room) break;
      const part = this.buffer.slice(from, cut);
      from = cut === newline ? this.readLineEnd(part, newline) : this.readLongPart(part, from);
    }
    this.buffer = this.buffer.slice(from);
  }

  private readLineEnd(part: string, newline: number): number {
    this.readPart(part.endsWith('\r') ? part.slice(0, -1) : part, true);
    this.collector.newline();
    this.line = freshLine();
    return newline + 1;
  }

  private readLongPart(part: string, from: number): number {
    const bracket = part.lastIndexOf('[');
    const unfinished = bracket > part.length - maxCarry && bracket > part.lastIndexOf(']');
    const length = unfinished ? bracket : part.length;
    this.readPart(part.slice(0, length), true);
    this.line.taken += length;
    this.line.nextCut += maxLine;
    return from + length;
  }

  /** Acts on tags in the line that is still growing, where more text can't change them. */
  private readEarly(): void {
    if (!(this.line.plain ?? this.isPlainSoFar())) return;
    const read = this.readTags(this.buffer, false);
    if (read === 0) return;
    this.line = { ...this.line, taken: this.line.taken + read, plain: true };
    this.buffer = this.buffer.slice(read);
  }

  private isPlainSoFar(): boolean {
    return this.fence === null && quoteDepth(this.buffer) === 0 && !stepFence(null, this.buffer).code;
  }

  private readPart(part: string, complete: boolean): void {
    this.line.plain ??= this.startLine(part);
    const read = this.line.plain ? this.readTags(part, complete) : 0;
    this.collector.text(part.slice(read));
  }

  private startLine(line: string): boolean {
    const step = stepFence(this.fence, line);
    this.fence = step.fence;
    return !step.code && quoteDepth(line) === 0;
  }

  /** Hands on the tags and the text before them; gives how many characters that were. */
  private readTags(part: string, complete: boolean): number {
    let read = 0;
    for (;;) {
      const rest = part.slice(read);
      const tag = findTag(rest, complete);
      if (!tag) return read;
      this.collector.text(rest.slice(0, tag.start));
      this.collector.tag(tag, rest.slice(tag.start, Math.min(tag.end, tag.start + 200)));
      read += tag.end;
    }
  }
}

export const createMarkerParser = (): MarkerParser => new StreamParser();
