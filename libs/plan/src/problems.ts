import type { PlanProblem, PlanSeverity } from '@lockstep/contracts';

interface ProblemRow {
  readonly severity: PlanSeverity;
  readonly hint: string;
}

const row = (severity: PlanSeverity, hint: string): ProblemRow => ({ severity, hint });

/** Every code a plan document can be answered with. Codes are stable: add rows, never rename one. */
export const planProblems = {
  plan_too_large: row('error', 'Split the plan: a plan is a text that a person approves.'),
  plan_too_deep: row('error', 'Flatten the lists and quotes.'),
  plan_unparseable: row(
    'error',
    'Give each unit of work a heading such as "### Step 1: Title", or run `lockstep plan scaffold`.',
  ),
  duplicate_step: row('error', 'Give every step a number or id of its own.'),
  dangling_parent: row('error', 'Name a step of this document, or write parent="null".'),
  dangling_dependency: row('warning', 'Name steps of this document, or drop the dependency.'),
  cycle: row('error', 'Drop one of the dependencies.'),
  no_verification: row(
    'error',
    'Add a **Verification** block with the command that shows that the step works, or give the project a command of its own (--verify).',
  ),
  missing_step_id: row('error', 'Write [PLAN_STEP id="step-1"].'),
  unclosed_step: row('warning', 'Close the step with [/PLAN_STEP].'),
  stray_marker: row('warning', 'Drop the marker, or open the step before it.'),
  unclosed_fence: row(
    'warning',
    'Close the fence; everything up to the end of the document is read as code until then.',
  ),
  unknown_status: row('warning', 'Use pending, in_progress, blocked, needs_review, completed or skipped.'),
  empty_step: row('warning', 'Say what is to be done.'),
  placeholder: row('warning', 'Fill it in, or drop the line.'),
  status_in_plan: row('warning', 'Keep the plan clean: the results document tells how far the work is.'),
  tests_separated: row('warning', 'Write the tests in the step whose code they test.'),
  step_too_large: row('warning', 'Split it into sub-steps (3a, 3b), each with its own verification.'),
  no_affected_tests: row('warning', 'Name the test files that cover what the plan touches, with a baseline command.'),
  unreferenced_file: row('warning', 'Name the file in the step that changes it, or drop it from the table.'),
  criterion_unprovable: row(
    'warning',
    'Name a command, a step, a test or a file that shows it; otherwise a person is asked whether it holds before the run completes.',
  ),
  outside_path: row('warning', 'Use a path inside the project.'),
  author_root: row('note', 'Write paths relative to the project, so that the plan reads the same everywhere.'),
  outside_steps: row('note', 'It is given to the agent as context; nothing in it is carried out.'),
  verification_inferred: row('note', 'Put the command under a **Verification** label to say so yourself.'),
  verification_shared: row('note', 'Give the step a **Verification** of its own to check less or more.'),
  alternative_skipped: row('note', 'Put the alternative you prefer first.'),
} as const satisfies Record<string, ProblemRow>;

export type PlanProblemCode = keyof typeof planProblems;

export interface Place {
  readonly line: number;
  readonly column: number;
}

export const problem = (code: PlanProblemCode, place: Place, message: string): PlanProblem => ({
  severity: planProblems[code].severity,
  code,
  line: place.line,
  column: place.column,
  message,
  hint: planProblems[code].hint,
});

/** Places in a text by offset (UTF-16 units); lines end as Markdown has it: LF, CRLF or CR. */
export class Lines {
  private readonly starts: number[] = [0];

  constructor(source: string) {
    for (const end of source.matchAll(/\r\n|\n|\r/g)) this.starts.push(end.index + end[0].length);
  }

  at(offset: number): Place {
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.starts[low] ?? 0) + 1 };
  }
}
