import { readFileSync, writeFileSync } from 'node:fs';
import { format } from 'prettier';
import { configurationDocument } from './configuration-document';
import { stateMachinesDocument } from './state-machines-document';

/** The documents that are made from the code. `--check` fails when one differs; without it they are written. */
const documents: Readonly<Record<string, () => string>> = {
  'docs/state-machines.md': stateMachinesDocument,
  'docs/configuration.md': configurationDocument,
};

async function main(check: boolean): Promise<number> {
  let stale = 0;
  for (const [path, make] of Object.entries(documents)) {
    const text = await format(make(), { parser: 'markdown', printWidth: 120 });
    if (!check) writeFileSync(path, text);
    else if (readOrEmpty(path) !== text) {
      process.stderr.write(`${path} is not what the code says. Run: npm run docs:generate\n`);
      stale += 1;
    }
  }
  return stale === 0 ? 0 : 1;
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

main(process.argv.includes('--check')).then(
  (code) => (process.exitCode = code),
  (error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exitCode = 1;
  },
);
