/**
 * A path below the working tree, one character per byte (latin1), with `/` between its parts. File names are bytes and need
 * not be UTF-8; as such strings they compare in git's order and fit in a Map.
 */
export type BytePath = string & { readonly bytes: unique symbol };

export const bytePath = (bytes: string): BytePath => bytes as BytePath;

export const fromBuffer = (bytes: Uint8Array): BytePath => bytePath(Buffer.from(bytes).toString('latin1'));

export const fromText = (text: string): BytePath => bytePath(Buffer.from(text, 'utf8').toString('latin1'));

export const toBuffer = (path: string): Buffer => Buffer.from(path, 'latin1');

const decoder = new TextDecoder('utf-8', { fatal: true });

const escaped = (character: string): string => {
  const code = character.charCodeAt(0);
  if (character === '"' || character === '\\') return `\\${character}`;
  return code < 0x20 || code > 0x7e ? `\\${code.toString(8).padStart(3, '0')}` : character;
};

/** The path as people read it: as it is when it is UTF-8, else in double quotes with octal escapes, as git prints it. */
export const toText = (path: string): string => {
  try {
    return decoder.decode(toBuffer(path));
  } catch {
    return `"${[...path].map(escaped).join('')}"`;
  }
};

export const childOf = (directory: string, name: string): BytePath =>
  bytePath(directory === '' ? name : `${directory}/${name}`);

/** Every folder above a path, the nearest first, without the root. */
export function* foldersAbove(path: string): Generator<BytePath> {
  for (let cut = path.lastIndexOf('/'); cut > 0; cut = path.lastIndexOf('/', cut - 1))
    yield bytePath(path.slice(0, cut));
}

const reservedName = /^(\.git|git~1)[ .]*([:\\].*)?$/i;

/** Names that git refuses in a tree because some file system would take them for `.git`. */
export const isReservedName = (name: string): boolean => reservedName.test(name);

/** Symbolic links under these names are refused by git too. */
export const isReservedLink = (name: string): boolean => /^(\.gitmodules|gitmod~\d|gi7eba~\d)/i.test(name);
