import { attribute, blocks, bullets, clipHead, code, fence, oneLine, promptBytes } from './text';
import type { DoneStep, PromptDebt, PromptStep, PromptVerification, TurnFacts, TurnKind } from './types';

/** Which texts stand in files instead of in the prompt. */
export interface Places {
  readonly planFile?: string;
  readonly stepFile?: string;
}

/** More than this of verification scripts isn't repeated when the step itself had to go into a file. */
const maxRepeatedBytes = 16 * 1024;
const maxSummary = 200;

/** The first line of every prompt: what the turn is, for programs that read along. */
export const header = (kind: TurnKind, turn: TurnFacts): string =>
  `[LOCKSTEP_TURN kind="${kind}" step="${attribute(turn.step.key)}" attempt="${turn.attempt}" fix="${turn.retryCount}"]`;

function stepBlock(step: PromptStep, stepFile: string | undefined): string {
  const key = attribute(step.key);
  if (stepFile === undefined) return `<step key="${key}">\n${fence(step.section, 'markdown', 4)}\n</step>`;
  return `The step's text is too long for a message. Read it, whole, from the file named here.\n\n<step key="${key}" file="${attribute(stepFile)}">\n</step>`;
}

function parentBlocks(step: PromptStep, stepFile: string | undefined): string {
  const parents = step.parents ?? [];
  if (stepFile !== undefined) {
    return parents.map((parent) => `It is a part of step ${code(parent.key)}, whose text is in the plan.`).join('\n');
  }
  return blocks(
    ...parents.map(
      (parent) =>
        `It is a part of step ${code(parent.key)} (${oneLine(parent.title)}), which says:\n\n${fence(parent.section, 'markdown', 4)}`,
    ),
  );
}

function verificationBlock(item: PromptVerification, index: number): string {
  const expect = item.expect?.trim();
  return blocks(
    `Verification ${index + 1}${item.optional ? ' (optional)' : ''}:\n\n${fence(item.command, 'bash')}`,
    expect ? (expect.includes('\n') ? `Expected:\n\n${fence(expect, 'text')}` : `Expected: ${code(expect)}`) : null,
  );
}

const debtWords: Readonly<Record<PromptDebt['what'], string>> = {
  code: 'implementation code',
  tests: 'tests of what the step does',
  documents: 'documents',
};

const debtLine = (debt: PromptDebt): string =>
  debt.paths.length > 0 ? `${debtWords[debt.what]}: ${debt.paths.map(code).join(', ')}` : debtWords[debt.what];

/** What the gate demands, so that nothing it refuses comes as a surprise. */
function gateBlock(step: PromptStep, places: Places): string {
  const scripts = step.verification.map(verificationBlock);
  const inSection = places.stepFile !== undefined && promptBytes(scripts.join('\n')) > maxRepeatedBytes;
  return blocks(
    '### What the gate will check',
    'When your turn ends Lockstep runs each verification of the step itself, as one `bash -eo pipefail` script from the top of the working directory.',
    inSection ? "The scripts stand in the step's text." : blocks(...scripts),
    scripts.length === 0 ? "The step names no verification of its own: the project's own command is run." : null,
    step.owes.length > 0
      ? `It also looks for what the step owes, present and changed:\n\n${bullets(step.owes.map(debtLine))}`
      : null,
    'What worked before must still work, and the plan document and the tests of earlier steps must not be weakened.',
  );
}

const doneLine = (step: DoneStep): string => {
  const commit = step.commit ? ` (commit ${code(step.commit.slice(0, 12))})` : '';
  const summary = step.summary ? `: ${clipHead(oneLine(step.summary), maxSummary)}` : '';
  return `${code(step.key)} ${oneLine(step.title)}${commit}${summary}`;
};

export const doneBlock = (done: readonly DoneStep[]): string =>
  done.length === 0
    ? 'No step has been done yet.'
    : `Done, verified and committed so far:\n\n${bullets(done.map(doneLine))}`;

/** The part that every kind of prompt has: the step verbatim, and what the gate will check. */
export const stepPart = (turn: TurnFacts, places: Places): string =>
  blocks(
    `## Step ${code(turn.step.key)}: ${oneLine(turn.step.title)}`,
    parentBlocks(turn.step, places.stepFile),
    stepBlock(turn.step, places.stepFile),
    gateBlock(turn.step, places),
  );

export const endReminder = (turn: TurnFacts): string =>
  `When the step is done, its tests included, end with \`[STEP_COMPLETE id="${attribute(turn.step.key)}"]\` in plain text, with its summary, files modified and lessons learned. When you cannot go on without a person, print \`[DECISION_NEEDED …]\` and stop.`;
