import { afterEnding, type TurnResult } from '@lockstep/agent';
import type { NewEvent } from '@lockstep/contracts';
import {
  appendRunEvents,
  askQuestion,
  closeAttempt,
  markDelivered,
  moveStep,
  openAttempt,
  setRetryCount,
  undeliveredAnswers,
  type StepRow,
} from '@lockstep/database';
import {
  afterGate,
  afterTurn,
  closingQuestion,
  spendsFixAttempt,
  type Allowance,
  type Decision,
  type TurnFacts,
} from '@lockstep/domain';
import {
  answersPrompt,
  fixPrompt,
  lessonsPrompt,
  openingPrompt,
  resumePrompt,
  stepPrompt,
  type PromptAnswer,
  type PromptFailure,
} from '@lockstep/markers';
import type { Workspace } from '@lockstep/workspace';
import { blockedBy, firstLine, type RunEnd } from '../run/run-end';
import type { RunContext } from '../run/run-context';
import { runGate, type GateOutcome } from '../verify/gate-step';
import { letsThrough } from '../verify/command-runner';
import { commitStep } from './commit-step';
import { guidelinesOf } from './guidelines';
import { TurnNotes, warning } from './marker-events';
import { openingFacts, promptStep, turnFacts } from './prompt-facts';
import { writeLongTexts, type AgentSession, type TurnEnd } from './session';
import { splitStep } from './split-step';

/** Why a turn is taken: decides which words the prompt uses. */
type Cause =
  | { readonly kind: 'step' }
  | { readonly kind: 'resume' }
  | { readonly kind: 'answer'; readonly answers: readonly PromptAnswer[] }
  | { readonly kind: 'fix'; readonly failures: readonly PromptFailure[] }
  | { readonly kind: 'lessons' };

interface Attempt {
  readonly number: number;
  readonly startedAt: number;
}

/** Drives one leaf step from its first prompt to its commit, or to whatever else ends the run for now. */
export class StepDriver {
  private retryCount: number;
  private infraErrors = 0;
  private lessonsAsked = false;
  private attempt: Attempt = { number: 0, startedAt: 0 };

  constructor(
    private readonly context: RunContext,
    private readonly workspace: Workspace,
    private readonly session: AgentSession,
    private readonly row: StepRow,
    private readonly rows: readonly StepRow[],
  ) {
    this.retryCount = row.retry_count;
  }

  /** Null: the step is done and the run goes on. */
  async carryOut(): Promise<RunEnd | null> {
    let cause = await this.begin();
    for (;;) {
      this.context.control.checkpoint();
      const decision = await this.takeTurn(cause);
      const next = await this.follow(decision);
      if (next === 'done') return null;
      if ('to' in next) return next;
      cause = next;
    }
  }

  private get stepKey(): string {
    return this.row.key;
  }

  private async begin(): Promise<Cause> {
    const answers = (await undeliveredAnswers(this.context.store.db, this.context.run.id)).filter(
      ({ stepKey }) => stepKey === this.stepKey,
    );
    const cause: Cause =
      answers.length > 0
        ? {
            kind: 'answer',
            answers: answers.map(({ text, answer, answeredBy }) => ({
              question: text,
              answer: answer ?? '',
              by: answeredBy ?? '',
            })),
          }
        : this.row.status === 'pending'
          ? { kind: 'step' }
          : { kind: 'resume' };
    // An answer opens a fresh allowance of fix attempts.
    if (answers.length > 0) this.retryCount = 0;
    await this.openAttempt(
      answers.map(({ id }) => id),
      false,
    );
    return cause;
  }

  private async openAttempt(delivered: readonly string[], isFix: boolean): Promise<void> {
    const { run, store } = this.context;
    const number = await store.write(async (tx) => {
      if (delivered.length > 0) await markDelivered(tx, run.id, delivered);
      if (this.row.status !== 'in_progress' && this.attempt.number === 0)
        await moveStep(tx, { runId: run.id, key: this.stepKey, to: 'in_progress', retryCount: this.retryCount });
      else await setRetryCount(tx, run.id, this.stepKey, this.retryCount);
      const opened = await openAttempt(tx, {
        runId: run.id,
        key: this.stepKey,
        isFix,
        executorId: store.lease.executorId,
        token: store.lease.token,
      });
      await appendRunEvents(tx, run.id, [{ type: 'step.started', data: { stepId: this.stepKey, attempt: opened } }]);
      return opened;
    });
    this.attempt = { number, startedAt: performance.now() };
    this.lessonsAsked = false;
  }

  private get allowance(): Allowance {
    return {
      retryCount: this.retryCount,
      maxFixAttempts: this.context.settings.maxFixAttempts,
      infraErrors: this.infraErrors,
      lessonsAsked: this.lessonsAsked,
    };
  }

  private gate: GateOutcome | null = null;
  private notes: TurnNotes = new TurnNotes('', 0);

  private async takeTurn(cause: Cause): Promise<Decision> {
    await this.workspace.resetAgentRepository();
    const { result, notes } = await this.send(cause);
    this.context.control.checkpoint();
    await this.askDecisions(notes);
    const facts = turnFactsOf(result, notes);
    if (cause.kind === 'lessons' && this.gate) {
      this.notes.completion = notes.completion ?? this.notes.completion;
      return { kind: 'complete', warnNoMarker: false };
    }
    this.notes = notes;
    const decision = afterTurn(facts, this.allowance);
    if (decision.kind !== 'run_gate') return decision;
    if (notes.parts.length > 0) return this.split(notes);
    await this.session.quiesce();
    this.gate = await runGate(this.context, {
      row: this.row,
      rows: this.rows,
      attempt: this.attempt.number,
      workspace: this.workspace,
    });
    return afterGate(this.gateFacts(this.gate), facts, this.allowance);
  }

  private gateFacts({ decision, failure }: GateOutcome) {
    const infra = decision.verdict === 'infra_error' ? decision.reasons.map(({ message }) => message).join('; ') : null;
    return {
      passed: decision.passed,
      review:
        decision.needsReview && decision.needsReview.length > 0
          ? decision.needsReview.map(({ message, evidence }) => `${message}: ${evidence.join(', ')}`).join('\n')
          : null,
      infraError: infra,
      lessonsMissing: this.context.settings.askLessons && (this.notes.completion?.lessons.length ?? 0) === 0,
      failure,
    };
  }

  private async send(cause: Cause): Promise<TurnEnd> {
    const facts = turnFacts(this.context, {
      row: this.row,
      rows: this.rows,
      attempt: this.attempt.number,
      retryCount: this.retryCount,
      workspace: this.workspace,
    });
    await writeLongTexts(this.workspace, {
      plan: this.context.plan.document,
      step: promptStep(this.context, this.row, this.rows).section,
    });
    const prompt = await this.promptFor(cause, facts);
    return this.session.turn({
      stepKey: this.stepKey,
      attempt: this.attempt.number,
      retryCount: this.retryCount,
      kind: cause.kind,
      prompt,
    });
  }

  private async promptFor(cause: Cause, facts: Parameters<typeof stepPrompt>[0]): Promise<string> {
    const opening = this.session.isFresh
      ? await openingFacts(this.context, this.workspace, guidelinesOf(this.context))
      : null;
    if (opening && cause.kind === 'step') return openingPrompt(opening, facts);
    if (opening) {
      const answers = cause.kind === 'answer' ? cause.answers : [];
      const failures = cause.kind === 'fix' ? cause.failures : [];
      return resumePrompt(facts, { opening, answers, failures });
    }
    switch (cause.kind) {
      case 'step':
        return stepPrompt(facts);
      case 'resume':
        return resumePrompt(facts, {});
      case 'answer':
        return answersPrompt(facts, cause.answers);
      case 'fix':
        return fixPrompt(facts, cause.failures);
      case 'lessons':
        return lessonsPrompt(facts);
    }
  }

  private async askDecisions(notes: TurnNotes): Promise<void> {
    for (const { text, options } of notes.decisions.splice(0)) {
      await this.context.store.write((tx) =>
        askQuestion(tx, {
          runId: this.context.run.id,
          stepKey: this.stepKey,
          attempt: this.attempt.number,
          category: 'decision',
          text,
          options,
        }),
      );
    }
  }

  private async split(notes: TurnNotes): Promise<Decision> {
    const split = await splitStep(this.context, this.row, this.rows, notes.parts);
    return split ? { kind: 'again', outcome: 'passed', reason: 'split' } : { kind: 'run_gate' };
  }

  /** Carries a decision out. Another cause: one more turn. */
  private async follow(decision: Decision): Promise<Cause | RunEnd | 'done'> {
    switch (decision.kind) {
      case 'complete':
        return this.complete(decision.warnNoMarker);
      case 'ask_lessons':
        this.lessonsAsked = true;
        return { kind: 'lessons' };
      case 'fix':
        return this.fix(decision.outcome, decision.failure);
      case 'again':
        return this.again(decision.outcome, decision.reason);
      case 'ask':
        return this.ask(decision);
      case 'review':
        return this.review(decision.finding);
      case 'wait':
        await this.end(decision.outcome, decision.reason);
        return {
          to: 'queued',
          action: 'stage3_rate_limited',
          waitReason: 'credential',
          reason: decision.reason,
          resumeAt: decision.resumeAt,
        };
      case 'fail':
        await this.end(decision.outcome, decision.reason);
        return { to: 'failed', action: 'stage3_failed', reason: decision.reason };
      case 'run_gate':
        throw new Error('the gate was decided to run and did not');
    }
  }

  private async complete(warnNoMarker: boolean): Promise<'done'> {
    if (!this.gate) throw new Error(`step ${this.stepKey} cannot be completed: the gate did not run`);
    if (warnNoMarker)
      await this.context.store.record(
        warning('no_marker', `Step ${this.stepKey} passed the gate; the agent printed no completion marker.`),
      );
    await commitStep(this.context, {
      workspace: this.workspace,
      session: this.session,
      row: this.row,
      rows: this.rows,
      attempt: this.attempt.number,
      retryCount: this.retryCount,
      gate: this.gate,
      completion: this.notes.completion,
    });
    return 'done';
  }

  private async fix(outcome: 'failed' | 'timed_out' | string, failure: string): Promise<Cause> {
    await this.end(outcome as 'failed', firstLine(failure));
    if (spendsFixAttempt(outcome as 'failed')) this.retryCount += 1;
    const failures = this.promptFailures(failure);
    await this.openAttempt([], true);
    return { kind: 'fix', failures };
  }

  private promptFailures(failure: string): PromptFailure[] {
    const failed = this.gate?.results.filter(({ result }) => !letsThrough(result) && !result.optional) ?? [];
    const reasons =
      this.gate?.decision.reasons.filter(({ code }) => code !== 'verification').map(({ message }) => message) ?? [];
    const commands = failed.map(({ result }): PromptFailure => ({
      verdict: result.verdict,
      command: result.command,
      exitCode: result.exitCode,
      failing: result.failing,
      outputTail: result.outputTail,
      reasons: [result.detail],
    }));
    if (commands.length === 0 && reasons.length === 0)
      return [{ verdict: 'timed_out', failing: [], reasons: [failure] }];
    return reasons.length === 0
      ? commands
      : [...commands, { verdict: this.gate?.decision.verdict ?? 'failed', failing: [], reasons }];
  }

  private async again(outcome: Parameters<StepDriver['end']>[0], reason: string): Promise<Cause | 'done'> {
    await this.end(outcome, reason);
    if (reason === 'split') return 'done';
    this.infraErrors += 1;
    await this.openAttempt([], false);
    return { kind: 'resume' };
  }

  private async ask({ outcome, question }: Extract<Decision, { kind: 'ask' }>): Promise<RunEnd> {
    const events = [this.stopped('blocked', firstLine(question.text))];
    await this.end(outcome, firstLine(question.text), 'blocked', events);
    return blockedBy(
      { stepKey: this.stepKey, attempt: this.attempt.number, text: question.text, options: question.options },
      `step ${this.stepKey}: ${firstLine(question.text)}`,
    );
  }

  private async review(finding: string): Promise<RunEnd> {
    await this.end('passed', firstLine(finding), 'needs_review', [this.stopped('needs_review', finding)]);
    return {
      to: 'paused',
      action: 'stage3_needs_review',
      waitReason: 'review',
      reason: `step ${this.stepKey} needs a review: ${finding}`,
    };
  }

  private stopped(status: 'blocked' | 'needs_review', summary: string): NewEvent {
    const filesModified = this.gate?.capture.changed.map(({ path }) => path) ?? [];
    return {
      type: 'step.completed',
      data: {
        stepId: this.stepKey,
        status,
        summary,
        filesModified,
        retryCount: this.retryCount,
        durationMs: Math.round(performance.now() - this.attempt.startedAt),
      },
    };
  }

  private async end(
    outcome: Parameters<typeof closeAttempt>[2],
    detail: string,
    to: 'blocked' | 'needs_review' | null = null,
    events: readonly NewEvent[] = [],
  ): Promise<void> {
    const { run, store } = this.context;
    await store.write(async (tx) => {
      await closeAttempt(tx, run.id, outcome, detail);
      if (to) await moveStep(tx, { runId: run.id, key: this.stepKey, to });
      if (events.length > 0) await appendRunEvents(tx, run.id, events);
    });
  }
}

/** The agent's table of endings as the facts that the decision needs. */
function turnFactsOf(result: TurnResult, notes: TurnNotes): TurnFacts {
  const { next, why } = afterEnding[result.outcome];
  const ending = next === 'proceed' ? 'completed' : result.outcome === 'timed_out' ? 'timed_out' : next;
  return {
    ending,
    endingDetail: `${why}${result.detail === '' ? '' : ` (${result.detail})`}`,
    resumeAt: result.resetAt === undefined ? null : new Date(result.resetAt),
    blocker: notes.blocker,
    completionMarker: notes.completion !== null,
    closingQuestion: closingQuestion(result.text),
  };
}
