import { addCounts, failingOf, noTests, type NamedTest, type RunnerReport, type TestStatus } from './report';
import { isFileName, nodeBlockLines, readNodeBlock, withoutFiles, type NodeBlock } from './node-block';
import { Outline } from './outline';

const entry = /^( *)([✔✖﹣⚠]) (.+) \([\d.]+ms\)(?: # (.*))?$/;
const heading = /^( *)▶ (.+?)(?: \([\d.]+ms\))?$/;
const failuresTitle = /^✖ failing tests:$/;
const failurePlace = /^test at .+:\d+:\d+$/;

const statusOf = (sign: string, directive: string | undefined): TestStatus =>
  sign === '﹣' || directive !== undefined ? 'skipped' : sign === '✖' || sign === '⚠' ? 'failed' : 'passed';

/** The entries since the last summary. A summary that a test printed doesn't agree with their number. */
class SpecRun {
  readonly names: NamedTest[] = [];
  files = 0;
  entries = 0;
  private readonly outline = new Outline();

  heading(indent: number, title: string): void {
    this.outline.heading(indent, title);
  }

  entry(indent: number, title: string, status: TestStatus): void {
    this.entries += 1;
    const parent = this.outline.isOpen(indent, title);
    const name = this.outline.path(indent, title);
    if (parent) return;
    if (indent === 0 && status === 'passed' && isFileName(title)) this.files += 1;
    else this.names.push({ name, status });
  }

  agrees(block: NodeBlock): boolean {
    return this.entries > 0 && this.entries === block.tests.total + block.suites;
  }
}

class SpecReader {
  tests = noTests;
  readonly names: NamedTest[] = [];
  seen = false;
  namesComplete = true;
  private run = new SpecRun();
  private last: NodeBlock | null = null;
  private retelling = false;

  block(block: NodeBlock): void {
    this.last = block;
    if (this.run.agrees(block)) this.close();
  }

  /** After `✖ failing tests:` each failure is told again, under the place it comes from. */
  line(line: string, before: string): void {
    if (failuresTitle.test(line)) this.retelling = true;
    const test = entry.exec(line);
    if (test && !(this.retelling && failurePlace.test(before)))
      return this.run.entry(test[1]!.length, test[3]!, statusOf(test[2]!, test[4]));
    const title = heading.exec(line);
    if (title) this.run.heading(title[1]!.length, title[2]!);
  }

  close(): void {
    if (!this.last) return;
    this.namesComplete &&= this.run.agrees(this.last) || this.last.tests.total === 0;
    this.tests = addCounts(this.tests, withoutFiles(this.last.tests, this.run.files));
    this.names.push(...this.run.names);
    this.seen = true;
    this.retelling = false;
    this.last = null;
    this.run = new SpecRun();
  }
}

/** node:test's `spec` reporter, what a terminal gets (and since Node 23 a pipe too). */
export const readNodeSpec = (lines: readonly string[]): RunnerReport | null => {
  const reader = new SpecReader();
  for (let index = 0; index < lines.length; index += 1) {
    const block = lines[index]!.startsWith('ℹ tests ') ? readNodeBlock(lines, index, 'ℹ') : null;
    if (block) {
      reader.block(block);
      index += nodeBlockLines - 1;
    } else reader.line(lines[index]!, lines[index - 1] ?? '');
  }
  reader.close();
  if (!reader.seen) return null;
  const { tests, names, namesComplete } = reader;
  return {
    runner: 'node-test',
    tests,
    failing: failingOf(names),
    names,
    namesComplete,
    brokenSuites: 0,
    incomplete: false,
  };
};
