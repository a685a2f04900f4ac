import type { PlanFileAction } from '@lockstep/contracts';
import { codeSpans } from '../markdown/text';

const extensions = new Set(
  (
    'ts tsx mts cts js jsx mjs cjs py pyi go rs rb java kt kts c h cc cpp hpp cs fs php swift scala sh bash zsh sql md mdx rst txt adoc json jsonc json5 yaml yml toml ini cfg conf ' +
    'env html css scss sass less vue svelte astro csv tsv xml proto graphql gql prisma lock gradle tf ex exs erl hrl dart lua r pl pm zig nix ipynb svg png tmpl tpl j2 example snap golden mk cmake bat ps1 mod sum properties service'
  ).split(' '),
);

const known =
  /^(?:Makefile|Dockerfile|Justfile|Gemfile|Rakefile|Procfile|LICENSE|README|CHANGELOG|CODEOWNERS|\.[a-z][\w.-]*(?:ignore|rc|config|env|example|attributes))$/;

const extensionOf = (path: string): string => /\.([A-Za-z0-9]{1,10})$/.exec(path)?.[1]?.toLowerCase() ?? '';

/** Without the line range or test name that people put behind a path. */
const bare = (text: string): string =>
  text
    .trim()
    .replace(/::.*$/, '')
    .replace(/(?::\d+(?:[-–,:]\d+)*|#L\d+(?:-L?\d+)?)$/, '')
    .replace(/[,;]$/, '');

const shaped = (path: string): boolean =>
  path.length > 0 &&
  path.length < 300 &&
  !/[\s"'<>|=;!]|\(\)|:\/\/|^[-@$#]|^\d+(?:\.\d+)*$/.test(path.replace(/\[[^\]]*\]/g, 'x'));

/** A path where nothing around it says that it is one: it needs an extension that files have, or a folder's slash. */
const isPath = (text: string): boolean => {
  if (!shaped(text)) return false;
  const name = text.slice(Math.max(text.lastIndexOf('/'), text.lastIndexOf('\\')) + 1);
  return known.test(name) || extensions.has(extensionOf(name));
};

/** A path where the text says so ("create `src/new/`"): a slash or any extension will do, and so will a placeholder. */
const isSaidPath = (text: string): boolean =>
  isPath(text) || (shaped(text) && !/[()]/.test(text) && (/[\\/]/.test(text) || /^\[[^\]]+\]$/.test(text)));

/** No path is longer, with what people put around it; what is longer isn't looked through. */
const longestPath = 500;

/** Paths in code spans and, failing these, bare ones in the text. `said`: the text says that paths follow. */
export const pathsIn = (text: string, said: boolean): string[] => {
  const accept = said ? isSaidPath : isPath;
  const fits = (word: string): boolean => word.length <= longestPath;
  const spans = codeSpans(text).filter(fits).map(bare).filter(accept);
  if (spans.length > 0) return spans;
  const words = text
    .replace(/`[^`]*`/g, ' ')
    .split(/[\s,;]+/)
    .filter(fits)
    .map((word) => bare(word.replace(/^[("'*[]+|[)"'*:.\]]+$/g, '')));
  return words.filter((word) => isPath(word) && (said || /[\\/]/.test(word)));
};

const verbs: readonly (readonly [PlanFileAction, RegExp])[] = [
  ['delete', /\b(?:delete|remove|drop)(?:s|d)?\b(?!.*\bfrom\b)/i],
  ['create', /\b(?:create|new|write|scaffold|generate)(?:s|d)?\b/i],
  ['add', /\b(?:add|append|insert)(?:s|ed|ing)?\b/i],
  [
    'update',
    /\b(?:updat(?:e|es|ed|ing)|modif(?:y|ies|ied)|changes?|edit(?:s|ed)?|extends?|replaces?|refactor|rewrite|fix|patch|wire|remove(?=.*\bfrom\b))\b/i,
  ],
];

/** What the text says happens to a file: the first verb in it; null without one. */
export const actionIn = (text: string): PlanFileAction | null => {
  const found = verbs
    .map(([action, pattern]) => ({ action, at: text.search(pattern) }))
    .filter(({ at }) => at >= 0)
    .sort((a, b) => a.at - b.at);
  return found[0]?.action ?? null;
};

export const isTestPath = (path: string): boolean =>
  /(?:^|[\\/])(?:tests?|__tests__|specs?|e2e)[\\/]|(?:^|[\\/])(?:test_[^\\/]*|conftest)\.py$|(?:_test|\.test|\.spec|_spec|Tests?)\.\w+$/.test(
    path,
  );

export const isDocumentPath = (path: string): boolean =>
  /\.(?:md|mdx|rst|adoc|txt)$/i.test(path) ||
  /(?:^|[\\/])docs?[\\/]|(?:^|[\\/])(?:README|CHANGELOG|LICENSE)$/i.test(path);
