import { isAbsolute, join } from 'node:path';

/** A call of one of Claude's tools, with what the model says before it. */
export interface Step {
  readonly say?: string;
  readonly tool: string;
  readonly input: Readonly<Record<string, unknown>>;
}

export interface StepResult {
  readonly text: string;
  readonly isError: boolean;
}

/** Calls out, results in, and a value at the end. */
export type Doing<T> = Generator<Step, T, StepResult>;

const pageLines = 1000;

/** A whole file through the Read tool, page by page; undefined when it cannot be read. */
export function* readFile(path: string, say?: string): Doing<string | undefined> {
  const pages: string[] = [];
  for (let offset = 1; ; offset += pageLines) {
    const input = { file_path: path, offset, limit: pageLines };
    const result: StepResult = yield { ...(say && offset === 1 ? { say } : {}), tool: 'Read', input };
    if (result.isError) return undefined;
    const lines = numberedLines(result.text);
    pages.push(...lines);
    if (lines.length < pageLines) return pages.map((line) => `${line}\n`).join('');
  }
}

/** The Read tool's lines without their numbers. */
const numberedLines = (text: string): string[] =>
  text.split('\n').flatMap((line) => {
    const found = /^\s*\d+[\t→](.*)$/.exec(line);
    return found ? [found[1] ?? ''] : [];
  });

/** Writes a whole file, whether it is there or not. */
export function* writeFile(path: string, content: string): Doing<StepResult> {
  return yield { tool: 'Write', input: { file_path: path, content } };
}

const tailBytes = 25_000;

/** Adds to the end of a file, once: what it ends with already is not added again. */
export function* appendToFile(path: string, content: string): Doing<StepResult> {
  const command = `tail -c ${tailBytes} -- ${quoted(path)}`;
  const tail: StepResult = yield { tool: 'Bash', input: { command, description: 'See how the file ends' } };
  if (tail.isError) return yield* writeFile(path, content);
  if (tail.text.includes(content.trim())) return tail;
  const mark = unusedMark(content);
  const append = `cat >> ${quoted(path)} <<'${mark}'\n\n${content}${mark}`;
  return yield { tool: 'Bash', input: { command: append, description: 'Add to the end of the file' } };
}

/** Runs a block of commands in a shell of its own, so that a `cd` in it moves nobody else. */
export function* runCommands(commands: string, cwd: string | undefined): Doing<StepResult> {
  const go = cwd ? `cd ${quoted(cwd)}\n` : '';
  return yield {
    tool: 'Bash',
    input: { command: `(set -e\n${go}${commands})`, description: 'Run the commands of the step', timeout: 600_000 },
  };
}

export const absolute = (path: string, cwd: string | undefined): string =>
  isAbsolute(path) || !cwd ? path : join(cwd, path);

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

function unusedMark(content: string): string {
  let mark = 'END_OF_BLOCK';
  while (content.includes(mark)) mark += '_';
  return mark;
}
