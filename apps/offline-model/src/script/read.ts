import { readFileSync } from 'node:fs';
import { Fault } from '@lockstep/contracts';
import { scriptSchema, type Script } from './schema';

/** Throws `config_invalid` naming the place in the script (`turns[2].blocks[0].times`) and, from a file, the file. */
export function readScript(value: unknown, from = 'The script'): Script {
  const parsed = scriptSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const places = parsed.error.issues.map(({ path, message }) => ({ pointer: `/${path.join('/')}`, message }));
  const lines = parsed.error.issues.map(({ path, message }) => `${placeName(path)}: ${message}`);
  throw new Fault(
    'config_invalid',
    `${from} is not a valid model script. ${lines.join('; ')}. Mend it and start again.`,
    places,
  );
}

const placeName = (path: readonly PropertyKey[]): string =>
  path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '') || 'the script';

export function readScriptFile(file: string): Script {
  return readScript(parseJson(file, readText(file)), file);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new Fault('config_invalid', `The model script ${file} cannot be read. Give --script a JSON file.`, [], {
      cause,
    });
  }
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'syntax error';
    throw new Fault('config_invalid', `The model script ${file} is not JSON: ${why}.`, [], { cause });
  }
}
