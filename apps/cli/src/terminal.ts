/** Where the command writes: answers and NDJSON to `out`, what people read along the way to `err`. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  readonly outIsTty: boolean;
  readonly errIsTty: boolean;
  /** Width and height of the terminal behind `err`. */
  size(): { readonly columns: number; readonly rows: number };
}

export function processTerminal(): Terminal {
  // `lockstep watch … | head` closes the pipe early; that is no fault of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  process.stderr.on('error', () => undefined);
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    outIsTty: process.stdout.isTTY === true,
    errIsTty: process.stderr.isTTY === true,
    size: () => ({ columns: process.stderr.columns || 100, rows: process.stderr.rows || 40 }),
  };
}

/** What ends a line for some readers, or steers a terminal, without being escaped by JSON itself. */
const unescaped = /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

export const jsonLine = (value: unknown): string =>
  `${JSON.stringify(value).replace(unescaped, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`;
