import type { MarkerEvent } from '../events';
import { decodeMarker } from './decode';
import type { MarkerName, Tag } from './tags';

/** The longest marker body, in UTF-16 units. It bounds what the parser keeps. */
export const maxBodyLength = 64 * 1024;

interface Open {
  readonly name: MarkerName;
  readonly attributes: Readonly<Record<string, string>>;
  readonly parts: string[];
  size: number;
  /** Length of the body up to the first blank line: where the body ends if no closing tag comes. */
  blankAt: number | null;
  lineIsBlank: boolean;
  /** Already reported: what follows is dropped up to the closing tag. */
  spent: boolean;
}

const closingIsOptional = (name: MarkerName): boolean => name === 'STEP_COMPLETE' || name === 'IMPLEMENTATION_COMPLETE';
const excerpt = (text: string): string => (text.length > 120 ? `${text.slice(0, 120)}…` : text);

/** Puts tags and the text between them together into events. It sees text outside code fences as well as inside. */
export class Collector {
  private open: Open | null = null;
  private events: MarkerEvent[] = [];

  take(): MarkerEvent[] {
    const events = this.events;
    this.events = [];
    return events;
  }

  text(text: string): void {
    const open = this.open;
    if (!open || open.spent || text === '') return;
    if (/\S/.test(text)) open.lineIsBlank = false;
    if (open.size + text.length > maxBodyLength) this.overflow(open);
    else {
      open.parts.push(text);
      open.size += text.length;
    }
  }

  newline(): void {
    const open = this.open;
    if (!open || open.spent) return;
    if (open.lineIsBlank && open.blankAt === null) open.blankAt = open.size;
    this.text('\n');
    open.lineIsBlank = true;
  }

  tag(tag: Tag, source: string): void {
    if (!tag.whole) return this.bad(`${tag.name}: the tag's closing bracket is missing: ${excerpt(source)}`);
    if (tag.closing) return this.close(tag);
    this.leave();
    this.open = begin(tag);
    if (tag.attributes === null) {
      this.open.spent = true;
      this.bad(`${tag.name}: the attributes are not of the form name="value": ${excerpt(source)}`);
    }
  }

  /** The text is over: a marker that may lack its closing tag counts, any other is malformed. */
  end(): void {
    this.leave();
  }

  private close(tag: Tag): void {
    const open = this.open;
    if (open && open.name === tag.name) {
      this.open = null;
      if (!open.spent) this.emit(open, true);
    } else if (!open || open.spent) {
      this.bad(`${tag.name}: a closing tag without an opening one`);
    }
  }

  private leave(): void {
    const open = this.open;
    this.open = null;
    if (!open || open.spent) return;
    if (closingIsOptional(open.name)) this.emit(open, false);
    else this.bad(`${open.name}: the closing tag [/${open.name}] is missing`);
  }

  private overflow(open: Open): void {
    open.spent = true;
    if (closingIsOptional(open.name) && open.blankAt !== null) this.emit(open, false);
    else this.bad(`${open.name}: longer than ${maxBodyLength} characters`);
    open.parts.length = 0;
  }

  private emit(open: Open, closed: boolean): void {
    const whole = open.parts.join('');
    const body = closed ? whole : whole.slice(0, open.blankAt ?? whole.length);
    this.events.push(decodeMarker({ name: open.name, attributes: open.attributes, body, closed }));
  }

  private bad(detail: string): void {
    this.events.push({ type: 'malformed', detail });
  }
}

function begin(tag: Tag): Open {
  return {
    name: tag.name,
    attributes: tag.attributes ?? {},
    parts: [],
    size: 0,
    blankAt: null,
    lineIsBlank: false,
    spent: false,
  };
}
