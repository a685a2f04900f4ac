const hidden = '[hidden]';

/** Keys whose value is never logged, wherever they stand in an object. */
const secretKey =
  /"((?:[\w-]*(?:token|secret|password|api_?key|authorization|cookie|database_?url|redis_?url))|x-api-key)":"(?:[^"\\]|\\.)*"/gi;

/** Texts that are secrets by their look: bearer headers, Anthropic keys, passwords in URLs. */
const secretLooks: readonly (readonly [RegExp, string])[] = [
  [/\bBearer\s+[\w.~+/=-]{6,}/gi, `Bearer ${hidden}`],
  [/\bsk-ant-[\w-]{6,}/g, hidden],
  [/\b([a-z][\w+.-]*:\/\/[^\s:/@"]*):[^\s@"/]+@/gi, `$1:${hidden}@`],
];

/**
 * Hides secrets in a text: those that look like one, and the given values. Works on whole log lines, so that a secret inside an
 * error message or a nested object is caught too.
 */
export function scrub(text: string, values: readonly string[] = []): string {
  const byLooks = secretLooks.reduce(
    (line, [look, stand]) => line.replace(look, stand),
    text.replace(secretKey, `"$1":"${hidden}"`),
  );
  return values.reduce((line, value) => (value.length < 6 ? line : line.replaceAll(value, hidden)), byLooks);
}
