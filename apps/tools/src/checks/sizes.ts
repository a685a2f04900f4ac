import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import ts from 'typescript';

/**
 * Prints the numbers that the code holds itself to (CONTRIBUTING.md) and fails when one is missed. Generated code and specs are left
 * out of the function figures; the linter enforces each function's and file's own limit.
 */
interface Limit {
  readonly what: string;
  readonly value: number;
  readonly limit: number;
}

const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '--', '*.ts', '*.tsx', '*.mjs'], {
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '' && existsSync(path) && !/(^|\/)(dist|generated|node_modules|fixtures)\//.test(path));

const isSpec = (path: string): boolean => /\.spec\.tsx?$/.test(path) || /(^|\/)testing\//.test(path);
const linesOf = (text: string): number => text.split('\n').filter((line) => line.trim() !== '').length;

const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? 0;

interface Measured {
  readonly functions: number[];
  readonly constructors: number[];
  anys: number;
}

function measure(path: string, text: string, into: Measured): void {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const visit = (node: ts.Node): void => {
    if (ts.isConstructorDeclaration(node)) into.constructors.push(node.parameters.length);
    if (node.kind === ts.SyntaxKind.AnyKeyword) into.anys += 1;
    if (ts.isFunctionLike(node) && 'body' in node && node.body) into.functions.push(linesOf(node.getText()));
    node.forEachChild(visit);
  };
  visit(source);
}

function main(): number {
  const measured: Measured = { functions: [], constructors: [0], anys: 0 };
  const sizes: number[] = [];
  const lines = { code: 0, tests: 0 };
  for (const path of files) {
    const text = readFileSync(path, 'utf8');
    lines[isSpec(path) ? 'tests' : 'code'] += linesOf(text);
    sizes.push(linesOf(text));
    if (!isSpec(path)) measure(path, text, measured);
  }
  const limits: Limit[] = [
    { what: 'function lines, median', value: quantile(measured.functions, 0.5), limit: 10 },
    { what: 'function lines, p90', value: quantile(measured.functions, 0.9), limit: 35 },
    { what: 'file lines, median', value: quantile(sizes, 0.5), limit: 80 },
    { what: 'file lines, p90', value: quantile(sizes, 0.9), limit: 280 },
    { what: 'widest constructor', value: Math.max(...measured.constructors), limit: 5 },
    { what: 'uses of any', value: measured.anys, limit: 0 },
  ];
  for (const { what, value, limit } of limits)
    process.stdout.write(`${value <= limit ? 'ok  ' : 'over'}  ${what}: ${value} (at most ${limit})\n`);
  process.stdout.write(`      ${files.length} files, ${lines.code} lines of code, ${lines.tests} lines of tests\n`);
  return limits.every(({ value, limit }) => value <= limit) ? 0 : 1;
}

process.exitCode = main();
