/** One that is never closed is taken to the end, and looked for once. */
const quotes = /"(?:[^"\\]+|\\[\s\S])*("?)|'[^']*'/g;
const comment = /(^|\s)#.*$/gm;
const launcher = String.raw`(?:[\w./~$@-]*/)?(?:(?:uv|poetry|pdm|pipenv|hatch) run|npx|pnpm|yarn|bunx|exec|env|time|python[\d.]* -m|coverage run -m)`;
const tool = String.raw`(?:[\w./~$@-]*/)?(?:pytest|py\.test|vitest|jest|mocha|go test|cargo(?: \+\w+)? test|cargo nextest run|node --test)`;
/** Unambiguous: a script of the repository may be any text, and no two ways of reading it may multiply. */
const runner = new RegExp(
  String.raw`(?:^|[;&|(]|\b(?:then|do)[ \t])[ \t]*(?:\w+=(?:[^\s;&|()]|\([^\s;&|()]*\))*[ \t]+)*(?:${launcher}[ \t]+(?:-[\w-]+[ \t]+)*)*(${tool})(?=\s|$|[;&|)])([^;&|\n]*)`,
  'gm',
);
const noRun =
  /--(?:version|help|collect-only|co|listTests|showConfig|list|fixtures|markers|no-run)\b|(?:^|\s)-(?:V|h|c|list)\b(?=\s|$)/;
/** Reporters whose output is for machines or for nobody: their silence says nothing. */
const unread = /--(?:test-)?reporters?[ =](?:dot|lcov|json|[./@]|\S*:)|--format[ =]json/;
const redirected = /(?:^|[^&\d])>{1,2}\s*[^&\s]/;

/**
 * The test runner that a script itself calls, so that silence from it means that no test ran; null when it calls none, asks
 * it for something else than a run, or sends its output elsewhere.
 */
export const namedRunner = (script: string): string | null => {
  const bare = script.replace(quotes, (text, closed) => (closed === '' ? text : 'x')).replace(comment, '');
  if (redirected.test(bare) || unread.test(bare)) return null;
  for (const [, name, rest] of bare.matchAll(runner))
    if (!noRun.test(name!.endsWith('pytest') ? rest!.replace(/\s-c\b/, '') : rest!))
      return name!.slice(name!.lastIndexOf('/') + 1);
  return null;
};
