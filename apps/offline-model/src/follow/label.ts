/** What the text above a fenced block says about it. */
export interface Label {
  /** `none`: not for the model to carry out (a verification, an expected output, a commit). */
  readonly role: 'code' | 'tests' | 'none';
  readonly action: 'create' | 'update' | 'append';
  readonly path?: string;
}

const notOurs = /verif|expect|output|commit|baseline|\brun\b|result|example/i;
const tests = /\btests?\b/i;
const code = /code|implement|setup|set up|command|write|create|update|modify|install|add|file/i;

const actions: readonly (readonly [RegExp, Label['action']])[] = [
  [/\b(add(ed)? to|append|extend)\b/i, 'append'],
  [/\b(update|modify|edit|change|replace|overwrite|rewrite)\b/i, 'update'],
  [/\b(create|new file|write|add)\b/i, 'create'],
];

/**
 * A line as a label; undefined when it is ordinary text, which leaves the label before it in force. Labels are bold words at
 * the start of a line (`**Code** (create `src/x.js`):`, `**Tests**:`), and lines with an action and a path
 * (`Create: `src/x.js``).
 */
export function readLabel(line: string): Label | undefined {
  const path = pathIn(line);
  const bold = /^\s*(?:[-*+]\s+(?:\[[ xX]\]\s+)?)?(?:\*\*|__)(.+?)(?:\*\*|__)/.exec(line)?.[1];
  const action = actions.find(([pattern]) => pattern.test(withoutCode(line)))?.[1];
  if (bold === undefined && (path === undefined || action === undefined)) return undefined;
  const role = roleOf(withoutCode(bold ?? line), path !== undefined);
  return { role, action: action ?? 'create', ...(path === undefined ? {} : { path }) };
}

function roleOf(words: string, hasPath: boolean): Label['role'] {
  if (notOurs.test(words)) return 'none';
  if (tests.test(words)) return 'tests';
  return code.test(words) || hasPath ? 'code' : 'none';
}

const withoutCode = (line: string): string => line.replaceAll(/`[^`]*`/g, '');

/** The first inline code that reads like a path, without a range of lines behind it. */
export function pathIn(line: string): string | undefined {
  const codes = [...line.matchAll(/`([^`\s]+)`/g)].map(([, text]) => (text ?? '').replace(/:\d+(-\d+)?$/, ''));
  return codes.find(isPath);
}

export const isPath = (text: string): boolean =>
  /^[\w@~./[\]()+-]+$/.test(text) &&
  !text.endsWith('()') &&
  !text.endsWith('/') &&
  (text.includes('/') || /^\.?[\w-]+(\.[\w-]+)*\.[a-z]\w*$/i.test(text));

/** `- Create: `src/x.js`` under superpowers' "Files:": a path for the blocks further down that name none. */
export function fileEntry(
  line: string,
): { readonly isTest: boolean; readonly action: Label['action']; readonly path: string } | undefined {
  const found = /^\s*[-*+]\s+\**(create|modify|update|tests?)\**:?\**\s/i.exec(line);
  const path = found && pathIn(line);
  if (!found || !path) return undefined;
  const word = (found[1] ?? '').toLowerCase();
  return { isTest: word.startsWith('test'), action: /modify|update/.test(word) ? 'update' : 'create', path };
}
