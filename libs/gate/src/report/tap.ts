import {
  addCounts,
  countNames,
  counts,
  failingOf,
  noTests,
  separator,
  type NamedTest,
  type RunnerReport,
} from './report';
import type { TestCounts } from '@lockstep/contracts';
import { indentOf } from './lines';
import { isFileName, readNodeBlock, withoutFiles, type NodeBlock } from './node-block';

const version = /^TAP version \d+$/;
const point = /^( *)(not )?ok +(\d+)(?: +- | +|$)(.*)$/;
const plan = /^( *)1\.\.(\d+)(?: *#.*)?$/;
const directive = /^(.*?)(?:^|\s)# *(SKIP|TODO)\b.*$/i;
const deepest = 32;

interface Point extends NamedTest {
  readonly parent: boolean;
}

/** One TAP document. A subtest's points come, indented by four, before the point that sums them up. */
class TapDocument {
  closing: NodeBlock | null = null;
  planned: number | null = null;
  bailed = false;
  files = 0;
  topLevel = 0;
  private all = 0;
  private readonly levels = new Map<number, Point[]>();
  private yamlIndent: number | null = null;

  constructor(readonly declared: boolean) {}

  read(line: string): void {
    if (this.inYaml(line)) return;
    const found = point.exec(line);
    if (found) return this.point(Math.min(found[1]!.length >> 2, deepest), !found[2], found[4]!);
    const planned = plan.exec(line);
    if (planned && planned[1] === '') this.planned = Number(planned[2]);
    if (/^Bail out!/.test(line)) this.bailed = true;
  }

  get leaves(): NamedTest[] {
    return (this.levels.get(0) ?? []).flatMap(({ parent, name, status }) => (parent ? [] : { name, status }));
  }

  /** node:test counts suites apart, and tests that have subtests with the tests. */
  get allNamed(): boolean {
    return this.closing === null || this.all === this.closing.tests.total + this.closing.suites;
  }

  /** A block of details; a line indented less than it ends it even without its closing dots. */
  private inYaml(line: string): boolean {
    if (this.yamlIndent === null) {
      if (line.trimStart() !== '---' || indentOf(line) < 2) return false;
      this.yamlIndent = indentOf(line);
      return true;
    }
    if (line.trim() !== '' && indentOf(line) < this.yamlIndent) {
      this.yamlIndent = null;
      return false;
    }
    if (line.trimEnd() === `${' '.repeat(this.yamlIndent)}...`) this.yamlIndent = null;
    return true;
  }

  private point(level: number, ok: boolean, text: string): void {
    const marked = directive.exec(text);
    const name = unescape(marked ? marked[1]! : text);
    const children = this.levels.get(level + 1) ?? [];
    this.levels.delete(level + 1);
    this.all += 1;
    if (level === 0) this.topLevel += 1;
    if (level === 0 && ok && !marked && children.length === 0 && isFileName(name)) {
      this.files += 1;
      return;
    }
    const own: Point = { name, status: marked ? 'skipped' : ok ? 'passed' : 'failed', parent: children.length > 0 };
    const below = children.map((each) => ({ ...each, name: name + separator + each.name }));
    this.levels.set(level, (this.levels.get(level) ?? []).concat(own, below));
  }
}

const unescape = (text: string): string => text.replace(/\\([#\\])/g, '$1').trim();

/** Points planned and never seen are failures: a process that ends half-way must not look complete. */
const generic = (document: TapDocument): TestCounts => {
  const told = countNames(document.leaves);
  const missing = Math.max(0, (document.planned ?? 0) - document.topLevel);
  return counts(told.passed, told.failed + missing, told.skipped);
};

const countsOf = (document: TapDocument): TestCounts =>
  document.closing ? withoutFiles(document.closing.tests, document.files) : generic(document);

const isReal = (document: TapDocument): boolean =>
  document.declared || (document.planned !== null && document.topLevel > 0);

const split = (lines: readonly string[]): TapDocument[] => {
  const documents = [new TapDocument(false)];
  lines.forEach((line, index) => {
    if (version.test(line)) documents.push(new TapDocument(true));
    const document = documents.at(-1)!;
    const block = line.startsWith('# tests ') ? readNodeBlock(lines, index, '#') : null;
    if (block) document.closing = block;
    else document.read(line);
  });
  return documents;
};

/** TAP of any producer; node:test's is known by its closing block, which is the better count. */
export const readTap = (lines: readonly string[]): RunnerReport | null => {
  const documents = split(lines).filter(isReal);
  if (documents.length === 0) return null;
  const names = documents.flatMap((each) => each.leaves);
  return {
    runner: documents.some((each) => each.closing) ? 'node-test' : 'tap',
    tests: documents.map(countsOf).reduce(addCounts, noTests),
    failing: failingOf(names),
    names,
    namesComplete: documents.every((each) => each.allNamed),
    brokenSuites: documents.filter((each) => each.bailed).length,
    incomplete: documents.some((each) => each.planned === null && !each.bailed),
  };
};
