type Token = { readonly kind: 'literal'; readonly text: string } | { readonly kind: 'some' | 'any' };

/** `[name]`, `<name>`, `{name}`: a word that the plan's reader fills in. `{a,b}` is a choice and is expanded before. */
const token = /\*\*\/?|\*|\?|\[[^\]/]*\]|<[^>/]*>|\{[^}/,]*\}|[^*?[<{]+|./g;
const longest = 1_000;
const mostChoices = 64;

const normal = (path: string): string =>
  path
    .trim()
    .replace(/\\/g, '/')
    .replace(/^(?:\.\/)+/, '')
    .replace(/\/{2,}/g, '/');

/** All the choices of a pattern, the first ones only where they multiply beyond reason. */
const expand = (pattern: string): readonly string[] => {
  let open: string[] = [pattern];
  for (let choice = /\{([^{}]*,[^{}]*)\}/.exec(pattern); choice; choice = /\{([^{}]*,[^{}]*)\}/.exec(open[0]!)) {
    const [whole, inside] = choice as unknown as [string, string];
    const ways = inside.split(',').slice(0, mostChoices);
    open = open.flatMap((each) => ways.map((way) => each.replace(whole, () => way.trim()))).slice(0, mostChoices);
  }
  return open;
};

const read = (text: string): Token => {
  if (text.startsWith('**')) return { kind: 'any' };
  const open = text.length > 1 && /^[[<{]/.test(text);
  return text === '*' || text === '?' || open ? { kind: 'some' } : { kind: 'literal', text };
};

/** `stepN_*.py`: an N that stands for a number. */
const tokens = (pattern: string): Token[] =>
  [...pattern.replace(/(^|[/_-])(step|poc)N(?=[/_.*-]|$)/gi, '$1$2*').matchAll(token)].map((match) => read(match[0]));

/** Positions in `path` that can be reached after each token; every step is linear, so the whole is |tokens| × |path|. */
const advance = (from: ReadonlySet<number>, path: string, next: Token): Set<number> => {
  const reached = new Set<number>();
  if (next.kind === 'literal') {
    for (const at of from) if (path.startsWith(next.text, at)) reached.add(at + next.text.length);
    return reached;
  }
  let live = false;
  for (let at = 0; at <= path.length; at += 1) {
    if (next.kind === 'some' && path[at - 1] === '/' && live) live = false;
    live ||= from.has(at);
    if (live) reached.add(at);
  }
  return reached;
};

const matchesOne = (pattern: string, path: string): boolean => {
  let reached = new Set([0]);
  for (const next of tokens(pattern)) reached = advance(reached, path, next);
  return reached.has(path.length);
};

/**
 * Whether a declared path means this file. Literal names win (`app/[id]/page.tsx` is a file as well as a pattern); then
 * globs, placeholders and choices; a declared folder means everything below it. Paths are relative to the tree, with `/`.
 */
export const matchesPath = (declared: string, path: string): boolean => {
  const [pattern, file] = [normal(declared), normal(path)];
  if (pattern === '' || pattern.length > longest) return false;
  if (pattern === file || file.startsWith(pattern.endsWith('/') ? pattern : `${pattern}/`)) return true;
  return expand(pattern).some((each) => matchesOne(each, file));
};
