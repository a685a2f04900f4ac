import { mkdir, open, rename, writeFile } from 'node:fs/promises';
import { constants, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Claude's name for a working directory: the resolved path, everything but letters and digits replaced by a hyphen. */
const folderName = (cwd: string): string => cwd.replace(/[^a-zA-Z0-9]/g, '-');

const resolved = (cwd: string): string => {
  try {
    return realpathSync(cwd);
  } catch {
    return cwd;
  }
};

/** Where Claude appends the session's transcript, one JSON object a line. */
export const transcriptPath = (configDir: string, cwd: string, sessionId: string): string =>
  join(configDir, 'projects', folderName(resolved(cwd)), `${sessionId}.jsonl`);

/** What a transcript has gained. `nextOffset` is where to read on. */
export interface TranscriptDelta {
  readonly content: Buffer;
  readonly nextOffset: number;
  /** Why nothing of what lies there was read. */
  readonly problem?: string;
}

const missing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT';

/** The agent can write there whatever it likes: no link is followed, and nothing that isn't a file is waited for. */
const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** Many times what a long session comes to. */
const longestTranscript = 256 * 2 ** 20;

const readBytes = async (path: string, offset: number): Promise<Buffer | string> => {
  const file = await open(path, flags);
  try {
    const status = await file.stat();
    const { size } = status;
    if (!status.isFile()) return 'it is no file';
    if (size > longestTranscript) return `it has ${size} bytes, and ${longestTranscript} are read at most`;
    const buffer = Buffer.alloc(Math.max(0, size - offset));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
};

/**
 * Reads whole lines from a byte offset on; a line that is still being written waits for the next time. A transcript that
 * isn't there yet is empty, and so, with the reason, is what can't be one.
 */
export const readTranscriptFrom = async (path: string, offset: number): Promise<TranscriptDelta> => {
  const bytes = await readBytes(path, offset).catch((error: unknown) => {
    if (missing(error)) return Buffer.alloc(0);
    if ((error as NodeJS.ErrnoException).code === 'ELOOP') return 'it is a symbolic link';
    throw error;
  });
  if (typeof bytes === 'string') return { content: Buffer.alloc(0), nextOffset: offset, problem: bytes };
  const content = bytes.subarray(0, bytes.lastIndexOf('\n') + 1);
  return { content, nextOffset: offset + content.length };
};

const isPrompt = (line: string): boolean => {
  try {
    return (JSON.parse(line) as { type?: unknown } | null)?.type === 'user';
  } catch {
    return false;
  }
};

/**
 * Whether `--resume` takes a transcript: a prompt stands in it. It may end anywhere after that; the call of a tool that has no result yet
 * is closed by Claude itself as interrupted. `content` is whole lines.
 */
export const isResumable = (content: Buffer): boolean => {
  for (let at = 0; at < content.length;) {
    const end = content.indexOf(0x0a, at);
    const next = end < 0 ? content.length : end;
    if (isPrompt(content.toString('utf8', at, next))) return true;
    at = next + 1;
  }
  return false;
};

/** Puts a transcript where `--resume` in `cwd` finds it, in one move; replaces what is there. Returns its path. */
export const restoreTranscript = async (
  configDir: string,
  cwd: string,
  sessionId: string,
  content: Uint8Array,
): Promise<string> => {
  const path = transcriptPath(configDir, cwd, sessionId);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.partial`, content, { mode: 0o600 });
  await rename(`${path}.partial`, path);
  return path;
};

/** Stands for the run's folder in a transcript that is kept. No path that a machine has. */
const anywhere = '/lockstep-run-folder';

/** As a path stands in a JSON string. */
const inJson = (path: string): string => JSON.stringify(path).slice(1, -1);

const replaced = (content: Buffer, from: string, to: string): Buffer =>
  content.includes(from) ? Buffer.from(content.toString('utf8').replaceAll(from, to), 'utf8') : content;

/**
 * A transcript as it is kept: without the folder of the run on this machine. Claude names it in every line (its working directory, the
 * files it wrote), and would believe the old one wherever the session is resumed. `content` is whole lines.
 */
export const portableTranscript = (content: Buffer, runFolder: string): Buffer =>
  replaced(content, inJson(resolved(runFolder)), anywhere);

/** The same, for this machine's folder of the run. */
export const localTranscript = (content: Buffer, runFolder: string): Buffer =>
  replaced(content, anywhere, inJson(resolved(runFolder)));
