import { existsSync } from 'node:fs';
import { copyFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Attributes come from here before any `.gitattributes` of a tree. All conversions are off: bytes in the working tree are
 * the bytes of the blob, and no filter driver is ever looked up.
 */
export const neutralAttributes = '* -text -eol -crlf -ident -filter -working-tree-encoding -merge\n';

const bareConfig = `[core]
	repositoryformatversion = 0
	filemode = true
	bare = true
	symlinks = true
	ignorecase = false
	precomposeunicode = false
`;

export interface BareRepository {
  readonly directory: string;
  /** What HEAD says: a branch's full name. */
  readonly head: string;
  /** Object folders that are looked into as well. */
  readonly alternates?: readonly string[];
  /** Full ref names and what they point at. */
  readonly refs?: Readonly<Record<string, string>>;
  /** A `shallow` file of the repository whose objects are borrowed; its history ends where that file says. */
  readonly shallowFile?: string;
}

/** Writes a ref file, whole or not at all. */
export const writeWhole = async (file: string, text: string): Promise<void> => {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
};

const fill = async (directory: string, repository: BareRepository): Promise<void> => {
  await mkdir(join(directory, 'objects', 'info'), { recursive: true });
  await mkdir(join(directory, 'objects', 'pack'), { recursive: true });
  await mkdir(join(directory, 'refs', 'heads'), { recursive: true });
  await mkdir(join(directory, 'info'), { recursive: true });
  await writeFile(join(directory, 'HEAD'), `ref: ${repository.head}\n`);
  await writeFile(join(directory, 'config'), bareConfig);
  await writeFile(join(directory, 'info', 'attributes'), neutralAttributes);
  if (repository.alternates !== undefined) {
    await writeFile(
      join(directory, 'objects', 'info', 'alternates'),
      repository.alternates.map((path) => `${path}\n`).join(''),
    );
  }
  for (const [name, sha] of Object.entries(repository.refs ?? {})) await writeWhole(join(directory, name), `${sha}\n`);
  if (repository.shallowFile !== undefined && existsSync(repository.shallowFile)) {
    await copyFile(repository.shallowFile, join(directory, 'shallow'));
  }
};

/** Makes a bare repository with plain files; no template, no hook. Does nothing where one is already. */
export const createBare = async (repository: BareRepository): Promise<void> => {
  if (existsSync(join(repository.directory, 'HEAD'))) return;
  const draft = `${repository.directory}.${process.pid}.${process.hrtime.bigint()}`;
  await fill(draft, repository);
  try {
    await rename(draft, repository.directory);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!existsSync(join(repository.directory, 'HEAD'))) throw error;
  }
};
