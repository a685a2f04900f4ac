import { separator } from './report';

const deepest = 32;

/** The headings above an indented line, as reporters that nest by indentation print them. */
export class Outline {
  private readonly open: { indent: number; title: string }[] = [];

  /** A heading stays open until a line that is not indented deeper than it. */
  heading(indent: number, title: string): void {
    this.close(indent);
    if (this.open.length < deepest) this.open.push({ indent, title });
  }

  close(indent: number): void {
    while (this.open.length > 0 && this.open.at(-1)!.indent >= indent) this.open.pop();
  }

  clear(): void {
    this.open.length = 0;
  }

  /** Whether a heading of this title is open at exactly this indentation. */
  isOpen(indent: number, title: string): boolean {
    return this.open.some((each) => each.indent === indent && each.title === title);
  }

  /** The full name of something at this indentation. */
  path(indent: number, title: string): string {
    this.close(indent);
    return [...this.open.map((each) => each.title), title].join(separator);
  }
}
