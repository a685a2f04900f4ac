import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = join(__dirname, '../../../..');
const folders = ['.', 'docs', 'docs/adr', 'docker', ...readdirSync(join(root, 'apps')).map((name) => `apps/${name}`)];
const documents = folders.flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
);

/** The places that paths in code may be counted from: the repository, and the executor in the life of a step. */
const bases = ['.', 'apps/executor/src'];

const missingIn = (document: string): string[] => {
  const text = readFileSync(join(root, document), 'utf8');
  const named = [...text.matchAll(/`((?:apps|libs|docs|prisma|docker)\/[\w./-]+|[a-z-]+\/[a-z-]+\.(?:ts|sql))`/g)];
  const linked = [...text.matchAll(/\]\((?![a-z]+:)([^)#\s]+)(?:#[^)]*)?\)/g)];
  return [
    ...named.map(([, path]) => path!).filter((path) => !bases.some((base) => existsSync(join(root, base, path)))),
    ...linked.map(([, path]) => path!).filter((path) => !existsSync(join(root, dirname(document), path))),
  ];
};

it.each(documents)('%s names files that are there', (document) => {
  expect(missingIn(document)).toEqual([]);
});
