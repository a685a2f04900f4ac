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
  /#\[(?:\w+::)?test\]\s*(?:#\[[^\]]*\]\s*)*(?:pub\s+)?(?:async\s+)?fn\s+(\w+)/g,
  /@Test\b[^\n]*\s+(?:@\w+[^\n]*\s+)*(?:public\s+)?(?:void|fun)\s+`?([\w ]+)/g,
  /\b(?:it|test|specify)\s+(?:'([^'\n]*)'|"([^"\n]*)")\s+do\b/g,
];

const skip =
  /\b(?:test|it|describe|context|suite|specify)\.(?:skip|todo|only|skipIf|runIf)\b|(?<![.\w])(?:[xf](?:it|describe|context)|xtest)\s*\(\s*['"`]|\b(?:test|it|describe|suite)\s*\([^\n{]{0,300}\{[^{}\n]{0,300}\b(?:skip|todo|only)\s*:|\bt\.(?:skip|todo)\(|\bthis\.skip\(|@(?:pytest\.mark\.|unittest\.)(?:skip|xfail|expectedFailure)\w*|\bpytest\.(?:skip|xfail|importorskip)\(|\bskipTest\(|\bSkipTest\b|\bpytestmark\s*=|\bt\.Skip(?:f|Now)?\(|#\[ignore|@(?:Disabled|Ignore)\b|\/\/go:build\b|\/\/ \+build\b/g;
/** As a statement: the same words in a text that is handed to another process end nothing here. */
const exit = /(?:^|[;{}])[ \t]*(?:process\.(?:exit|reallyExit|abort)|os\._exit|sys\.exit|os\.Exit|pytest\.exit)\s*\(/gm;
const assertion =
  /\b(?:assert|expect|should)\w*!?(?:\.\w+)*\s*[(`]|^[ \t]*assert\b(?!\w|\s*[=.(])|\b(?:self|t|tb|ctx)\.(?:assert\w*|Error\w*|Fatal\w*|Fail\w*|is|not|equal|same|deepEqual|throws|rejects|ok|true|false)\s*\(|\brequire\.[A-Z]\w*\(|\bpytest\.raises\(|\bpanic\(/gm;

/** Go's build constraints are comments that count. */
const comments = /\/\*[\s\S]*?\*\/|^[ \t]*(?:\/\/(?!go:build| \+build)|#(?!\[|!)).*$/gm;
const longest = 500_000;

const count = (pattern: RegExp, text: string): number => [...text.matchAll(pattern)].length;

/** Reads the ways in which the usual runners have tests declared; what it doesn't know counts for nothing. Pure, never throws. */
export const readTestSource = (source: string): TestSource => {
  const text = source.slice(0, longest).replace(comments, '');
  const names = declarations.flatMap((pattern) =>
    [...text.matchAll(pattern)].map((match) => (match.slice(1).find((group) => group !== undefined) ?? '').trim()),
  );
  return { names, skips: count(skip, text), exits: count(exit, text), assertions: count(assertion, text) };
};
