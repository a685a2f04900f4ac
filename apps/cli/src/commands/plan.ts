import { writeFileSync } from 'node:fs';
import { Fault, type PlanDocument, type PlanProblem } from '@lockstep/contracts';
import { explain, parsePlan, scaffold, type scaffoldProfiles } from '@lockstep/plan';
import { printable, printableLines } from '@lockstep/client';
import { exitCodes } from '../exit-code';
import { readPlan } from '../run/command';
import { jsonLine, type Terminal } from '../terminal';

export interface PlanFlags {
  readonly json?: boolean;
  readonly profile?: (typeof scaffoldProfiles)[number];
  /** Given: steps may go without a verification of their own. */
  readonly verify?: readonly string[];
}

const parse = (file: string, { profile, verify }: PlanFlags): PlanDocument =>
  parsePlan(readPlan(file), { projectVerify: verify !== undefined, ...(profile ? { profile } : {}) });

/** How the plan was understood. What is wrong with it is part of that, and no failure: `plan lint` judges. */
export async function showPlan(file: string, flags: PlanFlags, terminal: Terminal): Promise<number> {
  const plan = parse(file, flags);
  terminal.out(flags.json ? jsonLine(plan) : printableLines(explain(plan)));
  return exitCodes.completed;
}

/** Each problem on a line; 2 when one is an error, since such a plan would be refused. */
export async function lintPlan(file: string, flags: PlanFlags, terminal: Terminal): Promise<number> {
  const { problems } = parse(file, flags);
  problems.forEach((problem) => terminal.out(flags.json ? jsonLine(problem) : problemText(file, problem)));
  const count = (severity: PlanProblem['severity']): number =>
    problems.filter((each) => each.severity === severity).length;
  const errors = count('error');
  terminal.err(`${file}: ${errors} errors, ${count('warning')} warnings, ${count('note')} notes\n`);
  return errors > 0 ? exitCodes.usage : exitCodes.completed;
}

/** `file:line:column`, which editors turn into a link. */
export const problemText = (file: string, { line, column, severity, code, message, hint }: PlanProblem): string =>
  `${file}:${line}:${column}  ${severity}  ${code}  ${printable(message)} ${printable(hint)}\n`;

/** A plan to fill in, as a new file; `-` prints it. */
export async function scaffoldPlan(file: string, { profile }: PlanFlags, terminal: Terminal): Promise<number> {
  const text = scaffold(profile);
  if (file === '-') terminal.out(text);
  else writeNew(file, text);
  if (file !== '-') terminal.err(`Wrote ${file}. Fill it in, then check it: lockstep plan lint ${file}\n`);
  return exitCodes.completed;
}

function writeNew(file: string, text: string): void {
  try {
    writeFileSync(file, text, { flag: 'wx' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'EEXIST' ? 'it is there already. Choose another name' : `${code}. Check the path`;
    throw new Fault('bad_request', `${file} was not written: ${why}.`);
  }
}
