import type { TestCounts } from '@lockstep/contracts';

/** What the plan says the command does. `pass` where it says nothing. */
export type ExpectedOutcome =
  | { readonly kind: 'pass' }
  /** Must fail: the test that is written before its code. */
  | { readonly kind: 'fail' }
  | { readonly kind: 'exit'; readonly code: number };

/** A clause of the plan, `# Expected: …`, compared with what happened. */
export interface ExpectedCheck {
  readonly text: string;
  /** Null when the clause cannot be checked by a machine, or nothing is there to check it against. */
  readonly met: boolean | null;
  readonly note: string;
  /**
   * Whether an unmet clause fails the verification. True only of a clause that is nothing but a literal output: its author
   * says what the command prints. Counts are estimates made before the code, and prose is for people: both are notes.
   */
  readonly binding: boolean;
}

export interface ObservedRun {
  readonly exitCode: number | null;
  readonly tests: TestCounts | undefined;
  /** Without ANSI codes; the head and the tail when it is large. */
  readonly output: string;
  readonly outputComplete: boolean;
}

interface Part {
  readonly met: boolean | null;
  readonly note: string;
}

const quoted = /"([^"\n]+)"|“([^”\n]+)”|`([^`\n]+)`/g;
const onlyQuoted =
  /^(?:(?:it |command )?(?:prints?|outputs?|shows?|displays?|contains?|returns?|stdout|output)\b:? *)?(?:"[^"\n]+"|“[^”\n]+”|`[^`\n]+`)\.?$/i;
const counted =
  /(?:(~|≈|about|around|approx\.?|at least|>=|≥)\s*)?\b(\d+)(\+)?\s+(?:(?:new|more|unit|integration)\s+)?(?:tests?\s+)?(pass(?:e[sd]|ing)?|fail(?:ed|ing|ures?|s)?|skip(?:ped|s)?|tests?)\b/gi;
const exitStatus = /\bexit(?:s|ed)?(?:\s+with)?(?:\s+(?:code|status))?\s*:?\s*(\d{1,3})\b/i;
const allPass = /\ball\b[^.;]*\bpass/i;

const squeeze = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** `…` and `...` in a quotation stand for anything. */
const holds = (output: string, literal: string): boolean => {
  let from = 0;
  for (const piece of literal.split(/…|\.\.\./).map(squeeze)) {
    const at = output.indexOf(piece, from);
    if (at < 0) return false;
    from = at + piece.length;
  }
  return true;
};

const checkLiterals = (text: string, run: ObservedRun): Part[] => {
  const literals = [...text.matchAll(quoted)].map((match) => match[1] ?? match[2] ?? match[3]!);
  if (literals.length === 0) return [];
  const output = squeeze(run.output);
  return literals.map((literal) => {
    if (holds(output, literal)) return { met: true, note: `printed "${literal}"` };
    if (holds(output.toLowerCase(), literal.toLowerCase()))
      return { met: true, note: `printed "${literal}" in other letter case` };
    if (!run.outputComplete) return { met: null, note: `the output is too large to say whether it holds "${literal}"` };
    return { met: false, note: `the output does not hold "${literal}"` };
  });
};

const near = (sign: string | undefined, plus: string | undefined, wanted: number, actual: number): boolean => {
  if (plus || /^(?:at least|>=|≥)$/i.test(sign ?? '')) return actual >= wanted;
  return sign ? Math.abs(actual - wanted) <= Math.max(1, wanted * 0.1) : actual === wanted;
};

const checkCounts = (text: string, tests: TestCounts | undefined): Part[] =>
  [...text.replace(quoted, ' ').matchAll(counted)].map(([, sign, wanted, plus, word]) => {
    const what = /^fail/i.test(word!) ? 'failed' : /^skip/i.test(word!) ? 'skipped' : 'passed';
    if (!tests) return { met: null, note: `no test report to compare ${wanted} ${what} with` };
    const actual = tests[what];
    return {
      met: near(sign, plus, Number(wanted), actual),
      note: `${actual} ${what}, ${sign ?? ''}${wanted}${plus ?? ''} expected`,
    };
  });

const checkAll = (text: string, tests: TestCounts | undefined): Part[] => {
  if (!allPass.test(text.replace(quoted, ' '))) return [];
  if (!tests) return [{ met: null, note: 'no test report to compare with' }];
  const skipped = tests.skipped > 0 ? `, ${tests.skipped} skipped` : '';
  return [{ met: tests.failed === 0 && tests.passed > 0, note: `${tests.passed} of ${tests.total} passed${skipped}` }];
};

const checkExit = (text: string, exitCode: number | null): Part[] => {
  const stated = exitStatus.exec(text.replace(quoted, ' '))?.[1];
  const word = /^\s*(FAIL|PASS)(?:ED|S|ES|ING)?\b/i.exec(text)?.[1]?.toUpperCase();
  if (stated !== undefined) return [{ met: exitCode === Number(stated), note: `exit ${exitCode}, ${stated} expected` }];
  return word ? [{ met: (exitCode !== 0) === (word === 'FAIL'), note: `exit ${exitCode}` }] : [];
};

const metOf = (parts: readonly Part[]): boolean | null => {
  if (parts.some((part) => part.met === false)) return false;
  return parts.some((part) => part.met === true) ? true : null;
};

const failing = [
  /^(?:it |this |the command )?(?:should |must |will )?fail(?:s|ed|ing|ure)?\b(?!\s*[:=]?\s*0)/i,
  /\b(?:tests?|it|command) (?:still |should |must |will |to )?fails?\b/i,
  /\b[1-9]\d* (?:tests? )?(?:failed|failing|failures?)\b/i,
  /\bnon-?zero\b/i,
];

const denied = /\b(?:no|none|never|without|not|nothing)\b[^.;]*\bfail/i;

/** The outcome that the plan's own clauses ask for; `pass` where none says otherwise. */
export const outcomeOf = (texts: readonly string[]): ExpectedOutcome => {
  for (const text of texts) {
    const prose = text.replace(quoted, ' ').trim();
    const code = exitStatus.exec(prose)?.[1];
    if (code !== undefined) return { kind: 'exit', code: Number(code) };
    if (!denied.test(prose) && failing.some((pattern) => pattern.test(prose))) return { kind: 'fail' };
  }
  return { kind: 'pass' };
};

/** Compares one clause with a run. Pure. */
export const checkExpected = (text: string, run: ObservedRun): ExpectedCheck => {
  const clause = squeeze(text);
  const parts = [
    ...checkExit(clause, run.exitCode),
    ...checkCounts(clause, run.tests),
    ...checkAll(clause, run.tests),
    ...checkLiterals(clause, run),
  ];
  const note = parts.length > 0 ? parts.map((part) => part.note).join('; ') : 'for a person to judge';
  return { text: clause, met: metOf(parts), note, binding: onlyQuoted.test(clause) };
};
