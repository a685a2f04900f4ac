/** What a test file's text says of its tests, found without running it. Counts are of places in the text. */
export interface TestSource {
  /** Names of the tests that it declares and does not skip where they are declared. */
  readonly names: readonly string[];
  /** Places that keep tests from running: skipped, left to do, or others run alone. */
  readonly skips: number;
  /** Places that end the test process. */
  readonly exits: number;
  readonly assertions: number;
}

const declarations: readonly RegExp[] = [
  /\b(?:test|it|specify)(?:\.(?:concurrent|failing|serial|sequential))*\s*\(\s*(?:'((?:\\.|[^'\\\n])*)'|"((?:\\.|[^"\\\n])*)"|`((?:\\.|[^`\\])*)`)/g,
  /^[ \t]*(?:async[ \t]+)?def[ \t]+(test\w*)/gm,
  /^func[ \t]+((?:Test|Fuzz|Example)\w*)[ \t]*\(/gm,
  /#\[(?:\w+::)?test\]\s*(?:#\[(?!(?:\w+::)?test\])[^[\]]*\]\s*)*(?:pub\s+)?(?:async\s+)?fn\s+(\w+)/g,
  /\b(?:it|test|specify)\s+(?:'([^'\n]*)'|"([^"\n]*)")\s+do\b/g,
];

const skip =
  /\b(?:test|it|describe|context|suite|specify)\.(?:skip|todo|only|skipIf|runIf)\b|(?<![.\w])(?:[xf](?:it|describe|context)|xtest)\s*\(\s*['"`]|\b(?:test|it|describe|suite)\s*\([^\n{]{0,300}\{[^{}\n]{0,300}\b(?:skip|todo|only)\s*:|\bt\.(?:skip|todo)\(|\bthis\.skip\(|@(?:pytest\.mark\.|unittest\.)(?:skip|xfail|expectedFailure)\w*|\bpytest\.(?:skip|xfail|importorskip)\(|\bskipTest\(|\bSkipTest\b|\bpytestmark\s*=|\bt\.Skip(?:f|Now)?\(|#\[ignore|@(?:Disabled|Ignore)\b|\/\/go:build\b|\/\/ \+build\b/g;
/** As a statement: the same words in a text that is handed to another process end nothing here. */
const exit = /(?:^|[;{}])[ \t]*(?:process\.(?:exit|reallyExit|abort)|os\._exit|sys\.exit|os\.Exit|pytest\.exit)\s*\(/gm;
const assertion =
  /\b(?:assert|expect|should)\w*!?(?:\.\w+){0,8}\s*[(`]|^[ \t]*assert\b(?!\w|\s*[=.(])|\b(?:self|t|tb|ctx)\.(?:assert\w*|Error\w*|Fatal\w*|Fail\w*|is|not|equal|same|deepEqual|throws|rejects|ok|true|false)\s*\(|\brequire\.[A-Z]\w*\(|\bpytest\.raises\(|\bpanic\(/gm;

/** Go's build constraints are comments that count. */
const lineComments = /^[ \t]*(?:\/\/(?!go:build| \+build)|#(?!\[|!)).*$/gm;
const comments = new RegExp(String.raw`\/\*[\s\S]*?\*\/|${lineComments.source}`, 'gm');
const longest = 500_000;

/** A comment that is never closed is none; it isn't looked for an end of. */
const withoutComments = (text: string): string => {
  const closed = text.lastIndexOf('*/') + 2;
  return closed < 2
    ? text.replace(lineComments, '')
    : text.slice(0, closed).replace(comments, '') + text.slice(closed).replace(lineComments, '');
};

const method = /(?:^|\s)(?:void|fun)\s+`?([\w ]+)/;

/** Java's and Kotlin's methods behind `@Test`, with other annotations and empty lines in between. */
const annotated = (text: string): string[] => {
  let waits = false;
  return text.split('\n').flatMap((line) => {
    const at = line.search(/@Test\b/);
    waits ||= at >= 0;
    const name = waits ? method.exec(at >= 0 ? line.slice(at) : line)?.[1] : undefined;
    waits &&= name === undefined && (at >= 0 || /^\s*(?:@\w|$)/.test(line));
    return name === undefined ? [] : [name.trim()];
  });
};

const count = (pattern: RegExp, text: string): number => [...text.matchAll(pattern)].length;

/** Reads the ways in which the usual runners have tests declared; what it doesn't know counts for nothing. Pure, never throws. */
export const readTestSource = (source: string): TestSource => {
  const text = withoutComments(source.slice(0, longest));
  const named = declarations.flatMap((pattern) =>
    [...text.matchAll(pattern)].map((match) => (match.slice(1).find((group) => group !== undefined) ?? '').trim()),
  );
  const names = [...named, ...annotated(text)];
  return { names, skips: count(skip, text), exits: count(exit, text), assertions: count(assertion, text) };
};
