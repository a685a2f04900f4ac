import { StringDecoder } from 'node:string_decoder';

/** Cuts a byte stream into lines. A line longer than `longest` characters is left out and told. */
export class LineSplitter {
  private readonly decoder = new StringDecoder('utf8');
  private parts: string[] = [];
  private length = 0;

  constructor(
    private readonly longest: number,
    private readonly tooLong: (length: number) => void,
  ) {}

  /** The lines that the chunk completes, without their newlines. Costs one copy a line, however many chunks it took. */
  push(chunk: Buffer): string[] {
    const pieces = this.decoder.write(chunk).split('\n');
    const rest = pieces.pop() ?? '';
    const lines = pieces.flatMap((piece) => this.complete(piece));
    this.keep(rest);
    return lines;
  }

  private complete(piece: string): string[] {
    this.keep(piece);
    const [parts, length] = [this.parts, this.length];
    this.parts = [];
    this.length = 0;
    if (length <= this.longest) return [parts.join('')];
    this.tooLong(length);
    return [];
  }

  private keep(piece: string): void {
    this.length += piece.length;
    if (this.length > this.longest) this.parts = [];
    else if (piece !== '') this.parts.push(piece);
  }
}
