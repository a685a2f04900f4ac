import type { PlanCommand } from '@lockstep/contracts';
import type { CodePiece } from '../markdown/pieces';
import { codeSpans } from '../markdown/text';

const shells = new Set([
  'bash',
  'sh',
  'shell',
  'zsh',
  'console',
  'shell-session',
  'shellsession',
  'sh-session',
  'terminal',
  'cmd',
  'powershell',
  'ps1',
  'fish',
]);

export const isShellName = (language: string): boolean => shells.has(language);

export const isShell = (piece: CodePiece): boolean => isShellName(piece.language);

/** A fence without a language is a script only where nothing else is expected, or where it shows prompts. */
export const maybeShell = (piece: CodePiece): boolean =>
  isShell(piece) ||
  (piece.language === '' && piece.fenced) ||
  (piece.language === 'text' && prompt.test(piece.content));

const prompt = /^[ \t]*(?:\$|PS>|❯)[ \t]+\S/m;
const promptLine = /^\s*(?:\$|PS>|❯)\s+/;
const comment = /^\s*(?:#(?!!)|REM\b|::)/;
const optional = /\boptional(?:ly)?\b/i;
const expectation = /^\s*#+\s*(?:(?:=>|->|→)\s*)?expect(?:ed|s)?(?:\s+(?:output|results?))?\s*[:=](.*)$/is;
const trailing = /\s#\s*expect(?:ed)?(?:\s+(?:output|results?))?\s*:(.+)$/is;

const fails =
  /^\W*(?:(?:the|this|all|new|it|these|test|tests|command|build|compilation|suite|run|should|must|will|to|does|do|now|still)\s+)*(?:fail(?:s|ed|ure|ing)?\b|errors?\b(?![\s-]*(?:free|0|:\s*0))|non-?zero|exit(?:s|ed)?[\s:]*(?:with[\s:]*)?(?:(?:code|status)[\s:]*)?[1-9])/i;

/** Whether a clause about the result asks for a failure. */
export const outcomeOf = (expect: string | null): PlanCommand['outcome'] =>
  expect !== null && fails.test(expect) ? 'fail' : 'pass';

/** With prompts, only the prompted lines (and what they continue) are typed; the rest is what they print. */
const unprompt = (lines: readonly string[]): string[] => {
  const first = lines.find((line) => line.trim() !== '' && !comment.test(line));
  if (first === undefined || !promptLine.test(first)) return [...lines];
  let goesOn = false;
  return lines.flatMap((line) => {
    const typed = promptLine.test(line) || goesOn || comment.test(line);
    goesOn = typed && /\\\s*$/.test(line);
    return typed ? [line.replace(promptLine, '')] : [];
  });
};

/** Stretches between blank lines. */
const chunksOf = (lines: readonly string[]): string[][] => {
  const chunks: string[][] = [[]];
  for (const line of lines) {
    if (line.trim() === '') chunks.push([]);
    else chunks.at(-1)?.push(line);
  }
  return chunks.filter((chunk) => chunk.length > 0);
};

const hasCommand = (chunk: readonly string[]): boolean => chunk.some((line) => !comment.test(line));

const clausesOf = (chunk: readonly string[]): string[] => {
  const found: string[] = [];
  let open = false;
  for (const line of chunk) {
    const clause = expectation.exec(line)?.[1] ?? (comment.test(line) ? undefined : trailing.exec(line)?.[1]);
    if (clause !== undefined) found.push(clause.trim());
    else if (open && /^\s*#\s{2,}\S/.test(line)) found.push(line.replace(/^\s*#\s*/, '').trim());
    open = clause !== undefined || (open && comment.test(line));
  }
  return found.filter((clause) => clause !== '');
};

/** Comments before the first command and after the last one say nothing to a shell. */
const trimmed = (lines: readonly string[]): string => {
  const says = (line: string): boolean => line.trim() !== '' && !comment.test(line);
  const from = lines.findIndex(says);
  const to = lines.findLastIndex(says);
  return from < 0
    ? ''
    : lines
        .slice(from, to + 1)
        .join('\n')
        .trim();
};

export interface Script {
  readonly command: string;
  readonly expect: string | null;
  readonly optional: boolean;
}

/** The one script of a fenced block, or null when every line of it is a comment. */
export const scriptOf = (content: string): Script | null => {
  const lines = unprompt(content.split(/\r\n|\n|\r/));
  const command = trimmed(lines);
  if (command === '') return null;
  const chunks = chunksOf(lines).filter(hasCommand);
  const clauses = chunks.flatMap(clausesOf);
  return {
    command,
    expect: clauses.length > 0 ? clauses.join('\n') : null,
    optional: chunks.every((chunk) => chunk.some((line) => comment.test(line) && optional.test(line))),
  };
};

export const saysOptional = (text: string): boolean => optional.test(text);

/** A block that only stages and commits: Lockstep does that itself. */
export const onlyCommits = (command: string): boolean =>
  command.split('\n').every((line) => /^\s*(?:git (?:add|commit|status|push)\b.*|#.*|["'].*)?$/.test(line)) &&
  /git commit/.test(command);

const programs =
  /^(?:(?:[A-Z_][A-Z0-9_]*=\S*|sudo|time|env|!)\s+)*(?:\.{0,2}\/[\w./-]+|npm|npx|pnpm|yarn|bunx?|node|deno|tsx?|tsc|jest|vitest|mocha|playwright|cypress|eslint|prettier|nx|turbo|python[0-9.]*|py|pytest|uvx?|pip[0-9.]*|poetry|pdm|hatch|rye|tox|nox|ruff|mypy|pyright|black|django-admin|alembic|go|gofmt|golangci-lint|cargo|rustc|rustup|make|just|task|cmake|ctest|ninja|bazel|gradlew?|mvnw?|java|javac|kotlin|sbt|lein|dotnet|msbuild|swift|xcodebuild|flutter|dart|ruby|rake|bundle|rspec|rails|php|composer|phpunit|mix|elixir|erl|perl|prove|lua|bash|sh|zsh|pwsh|docker|docker-compose|podman|kubectl|helm|terraform|ansible|git|gh|curl|wget|psql|mysql|sqlite3|redis-cli|ls|cat|test|grep|rg|find|diff|echo|printf|mkdir|touch|cp|mv|rm|cd|wc|head|tail|sed|awk|jq|stat|which|command|lockstep)(?=\s|$)/;

/** Whether an inline code span is something to type, rather than a name. */
export const looksLikeCommand = (text: string): boolean =>
  programs.test(text) &&
  (/\s/.test(text) ||
    /^(?:pytest|make|jest|vitest|tox|nox|rspec|phpunit|mypy|\.{0,2}\/.*\.(?:sh|py|js|rb)|ctest|tsc|just)$/.test(text));

const firstLine = ({ content }: CodePiece): string => (scriptOf(content)?.command ?? '').split('\n', 1)[0] ?? '';

/** A fence that is there to be typed: a shell's, or one without a language that begins with a command. */
export const isTyped = (piece: CodePiece): boolean =>
  isShell(piece) || (maybeShell(piece) && looksLikeCommand(firstLine(piece)));

const checkers =
  /(?:^|[\s`;&|(/])(?:pytest|jest|vitest|mocha|playwright|cypress|tox|nox|rspec|phpunit|ctest|unittest|mypy|pyright|ruff|eslint|tsc|prove|clippy)(?=$|[\s`;&|)])/;
const manager =
  /\b(?:npm|pnpm|yarn|bun|npx|node|deno|cargo|go|make|just|task|mix|dotnet|swift|flutter|dart|rake|rails|gradlew?|mvnw?|bazel|composer|poetry|uv|nx|turbo)\b/;
const checkTarget = /\b(?:test|tests|check|verify|lint|vet|spec)\b/;

/** A manager and behind it, in the same code span, what it is asked to check. */
const managesCheck = (line: string): boolean =>
  line.split('`').some((span) => {
    const at = span.search(manager);
    return at >= 0 && checkTarget.test(span.slice(at).replace(manager, ''));
  });

const installs = /\b(?:install|add|i|init|remove|uninstall)\b/;

/** Whether a test runner, a linter or a type checker is called in the text, rather than installed. */
export const callsChecks = (text: string): boolean =>
  text.split('\n').some((line) => (checkers.test(line) || managesCheck(line)) && !installs.test(line));

/** Commands written inline in a line. `any`: the line says "Run:", so whatever stands in code is one. */
export const inlineCommands = (text: string, any: boolean): string[] => {
  const spans = codeSpans(text);
  const found = any
    ? spans.slice(0, 1).concat(spans.slice(1).filter(looksLikeCommand))
    : spans.filter(looksLikeCommand);
  if (found.length > 0 || !any) return found.filter((span) => span !== '');
  return programs.test(text) ? [text.replace(/\s[-–—(]\s*expected.*$/is, '').trim()] : [];
};

/** The clause behind an inline command: "`npm test` — Expected: PASS". */
export const inlineExpectation = (text: string): string | null => {
  const open = text.trimEnd().replace(/\)$/, '');
  const last = open.slice(open.lastIndexOf(')') + 1);
  return /\bexpect(?:ed)?\s*:(.*)$/is.exec(last)?.[1]?.trim() || null;
};
