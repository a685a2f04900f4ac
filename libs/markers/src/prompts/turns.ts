import { openingPart } from './opening';
import { doneBlock, endReminder, header, stepPart, type Places } from './step';
import {
  attribute,
  blocks,
  bullets,
  clipHead,
  clipTail,
  code,
  fence,
  maxPromptBytes,
  oneLine,
  promptBytes,
} from './text';
import type {
  OpeningFacts,
  PromptAnswer,
  PromptFailure,
  PromptReview,
  ResumeFacts,
  TurnFacts,
  TurnKind,
} from './types';

const maxOutput = 24 * 1024;
const maxFailing = 50;
const maxWords = 12 * 1024;

/** Whole when it fits; else the plan by its file; else the step by its file too. */
function fitted(build: (places: Places) => string, turn: TurnFacts, opening?: OpeningFacts): string {
  const planFile = opening?.planFile;
  const choices: Places[] = [{}];
  if (planFile !== undefined) choices.push({ planFile });
  if (turn.stepFile !== undefined) choices.push({ planFile, stepFile: turn.stepFile });
  let text = '';
  for (const places of choices) {
    text = build(places);
    if (promptBytes(text) <= maxPromptBytes) break;
  }
  return text;
}

function turnPrompt(kind: TurnKind, turn: TurnFacts, intro: string, details: readonly string[]): string {
  return fitted(
    (places) => `${blocks(header(kind, turn), intro, stepPart(turn, places), ...details, endReminder(turn))}\n`,
    turn,
  );
}

/** The session's first message: the opening, then the first step to carry out. */
export const openingPrompt = (opening: OpeningFacts, turn: TurnFacts): string =>
  fitted(
    (places) =>
      `${blocks(header('step', turn), openingPart(opening, places), doneBlock(turn.done), stepPart(turn, places), endReminder(turn))}\n`,
    turn,
    opening,
  );

/** The next step of a session that knows the plan already. */
export const stepPrompt = (turn: TurnFacts): string =>
  turnPrompt(
    'step',
    turn,
    blocks('The gate passed and the work is committed. This is the next step.', doneBlock(turn.done)),
    [],
  );

function failureBlock(failure: PromptFailure, budget: number): string {
  const exit = failure.exitCode === null || failure.exitCode === undefined ? '' : `, exit status ${failure.exitCode}`;
  const failing = failure.failing.slice(0, maxFailing).map((name) => code(clipHead(name, 300)));
  const more = failure.failing.length > maxFailing ? [`and ${failure.failing.length - maxFailing} more`] : [];
  return blocks(
    `Verdict ${code(failure.verdict)}${exit}.`,
    failure.command ? `The command was:\n\n${fence(clipHead(failure.command, maxWords), 'bash')}` : null,
    failure.reasons.length > 0
      ? `What the gate found:\n\n${bullets(failure.reasons.map((reason) => clipHead(oneLine(reason), 1000)))}`
      : null,
    failing.length > 0 ? `Failing tests:\n\n${bullets([...failing, ...more])}` : null,
    failure.outputTail?.trim()
      ? `The end of its output:\n\n${fence(clipTail(failure.outputTail, budget), 'text')}`
      : null,
  );
}

function failureBlocks(failures: readonly PromptFailure[]): string[] {
  const budget = Math.floor(maxOutput / Math.max(1, failures.length));
  return failures.length === 0
    ? []
    : ['### What did not pass', ...failures.slice(0, 12).map((failure) => failureBlock(failure, budget))];
}

/** The gate did not pass: what failed, and another go. */
export function fixPrompt(turn: TurnFacts, failures: readonly PromptFailure[]): string {
  const intro = `The gate ran the step's verification and it did not pass. This is fix attempt ${turn.retryCount} of ${turn.maxFixes}; what failed stands below the step. Find the cause and mend it. Do not weaken, skip or delete a test, and do not change what the verification runs.`;
  return turnPrompt('fix', turn, intro, failureBlocks(failures));
}

const answerBlock = ({ question, answer, by }: PromptAnswer): string =>
  blocks(
    `The question was:\n\n${fence(clipHead(question, maxWords), 'text')}`,
    `The answer of ${code(by)}:\n\n${fence(clipHead(answer, maxWords), 'text')}`,
  );

const answerBlocks = (answers: readonly PromptAnswer[]): string[] =>
  answers.length === 0 ? [] : ['### What was answered', ...answers.map(answerBlock)];

/** The run was blocked: what was answered, then on with the step. */
export const answersPrompt = (turn: TurnFacts, answers: readonly PromptAnswer[]): string =>
  turnPrompt(
    'answer',
    turn,
    'What the run waited for has been answered; the answers stand below the step. Go on with this step as they say.',
    answerBlocks(answers),
  );

/** The gate passed, and the lessons are missing. */
export function lessonsPrompt(turn: TurnFacts): string {
  const key = attribute(turn.step.key);
  const example = `[STEP_COMPLETE id="${key}"]\nSummary: what was done\nLessons learned:\n- What the next person should know. Evidence: where it showed itself\n[/STEP_COMPLETE]`;
  const intro = `The gate passed. What is missing is what was learned: later steps and later runs of this project are told it. Change no file and run nothing. Print this marker for step ${code(turn.step.key)} again, as plain text, with at least one lesson that is specific to this work; when there truly is none, say in one sentence why.`;
  return turnPrompt('lessons', turn, intro, [
    `The form, shown in a code block but to be printed without one:\n\n${fence(example, 'text')}`,
  ]);
}

/** A session that starts in the middle: what is done, and the step to go on with. */
export function resumePrompt(turn: TurnFacts, resume: ResumeFacts): string {
  const { opening } = resume;
  const intro =
    'The work was interrupted and goes on here. What stands in the working directory may be half done: look at it before you change it. Go on with this step.';
  const details = [...answerBlocks(resume.answers ?? []), ...failureBlocks(resume.failures ?? [])];
  const build = (places: Places): string =>
    `${blocks(
      header('resume', turn),
      opening ? openingPart(opening, places) : null,
      intro,
      doneBlock(turn.done),
      stepPart(turn, places),
      ...details,
      endReminder(turn),
    )}\n`;
  return fitted(build, turn, opening);
}

/** A person looked at the step and sent it back. */
export const reviewReturnedPrompt = (turn: TurnFacts, review: PromptReview): string =>
  turnPrompt(
    'fix',
    turn,
    'A person reviewed this step and sent it back; the words stand below the step. Do what they ask, within this step.',
    [`### The review\n\n${code(review.by)} wrote:\n\n${fence(clipHead(review.words, maxWords), 'text')}`],
  );
