import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const texts = new Map<string, string>();

/** The statement of `libs/database/sql/<name>.sql`. The folder lies at the same place from `src` and from `dist`. */
export function sql(name: string): string {
  let text = texts.get(name);
  if (text === undefined) {
    text = readFileSync(join(__dirname, '..', 'sql', `${name}.sql`), 'utf8');
    texts.set(name, text);
  }
  return text;
}
