import { Fault, type FaultCode, type FaultPlace } from '@lockstep/contracts';
import { z } from 'zod';

/** A body as `schema` reads it. No body stands for `{}`. */
export const checkBody = (schema: z.ZodType | undefined, body: unknown): unknown => {
  const value = check('invalid_body', 'The body', schema ?? z.strictObject({}), body ?? {});
  const places = unstorable(value, '');
  if (places.length > 0)
    throw new Fault('invalid_body', 'The body holds text that cannot be stored. Remove the characters named.', places);
  return value;
};

export const checkQuery = (schema: z.ZodType | undefined, query: unknown): unknown =>
  check('bad_request', 'The query', schema ?? z.strictObject({}), { ...(query as object) });

function check(code: FaultCode, what: string, schema: z.ZodType, value: unknown): unknown {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const places = read.error.issues.flatMap(placesOf);
  const named = places.map(({ pointer, message }) => `${pointer || '/'}: ${message}`).slice(0, 5);
  throw new Fault(code, `${what} does not have the documented shape: ${named.join('; ')}. See /openapi.json.`, places);
}

const escaped = (part: PropertyKey): string => String(part).replaceAll('~', '~0').replaceAll('/', '~1');
const pointerOf = (path: readonly PropertyKey[]): string => path.map((part) => `/${escaped(part)}`).join('');

/** An unknown key is named where it stands, not where it was expected. */
function placesOf(issue: z.core.$ZodIssue): FaultPlace[] {
  if (issue.code !== 'unrecognized_keys') return [{ pointer: pointerOf(issue.path), message: issue.message }];
  return issue.keys.map((key) => ({ pointer: pointerOf([...issue.path, key]), message: 'There is no such key here' }));
}

/** Postgres' text and jsonb hold no NUL and no half of a surrogate pair. Looked at after the schema, which bounds the depth. */
function unstorable(value: unknown, pointer: string): FaultPlace[] {
  if (typeof value === 'string')
    return value.includes('\u0000') || !value.isWellFormed()
      ? [{ pointer, message: 'Holds a NUL character or half of a surrogate pair' }]
      : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => unstorable(inner, `${pointer}/${escaped(key)}`));
}
