import type { AttemptOutcome } from '@lockstep/contracts';
import { askQuestion, type StepRow } from '@lockstep/database';
import {
  afterGate,
  afterTurn,
  nextStep,
  type Allowance,
  type Decision,
  type GateFacts,
  type TurnFacts,
} from '@lockstep/domain';
import { gateFacts } from '@lockstep/gate';
import type { Workspace } from '@lockstep/workspace';
import { firstLine, type RunEnd } from '../run/run-end';
import type { RunContext } from '../run/run-context';
import { writeLongTexts } from '../session/long-texts';
import type { AgentSession, TurnEnd } from '../session/session';
import { TurnNotes, warning } from '../session/turn-notes';
import { runGate, type GateOutcome } from '../verify/gate-step';
import { keepWork } from '../workspace/open-workspace';
import { beginAttempt, type Attempt } from './attempt-log';
import { allAnswers, beginningOf, openingFor, promptFor, type Cause } from './cause';
import { commitStep } from './commit-step';
import { withLessons } from './completion-told';
import { failuresOf } from './failures';
import { guidelinesOf } from './guidelines';
import { openingFacts, promptStep, turnFacts } from './prompt-facts';
import { splitStep } from './split-step';
import { asked, failed, overBudget, reviewed, waiting, type Ended, type Stopping } from './step-end';
import { turnFactsOf } from './turn-facts';

export interface StepToDrive {
  readonly workspace: Workspace;
  readonly session: AgentSession;
  readonly row: StepRow;
  readonly rows: readonly StepRow[];
}

/** What a turn and its gate came to. Splitting is none of the core's decisions: it only makes more steps. */
type TurnOutcome = Decision | { readonly kind: 'split' } | { readonly kind: 'over_budget'; readonly end: RunEnd };

/** What an attempt that failed for reasons of ours or the machine's came to. */
interface Spent {
  readonly outcome: AttemptOutcome;
  readonly reason: string;
}

/** Drives one leaf step from its first prompt to its commit, or to whatever else ends the run for now. */
export class StepDriver {
  private retryCount: number;
  private infraErrors = 0;
  private lessonsAsked = false;
  private besideTold = false;
  private attempt: Attempt = { number: 0, startedAt: 0 };
  private answers: readonly string[] = [];
  private gate: GateOutcome | null = null;
  private notes: TurnNotes | null = null;

  constructor(
    private readonly context: RunContext,
    private readonly step: StepToDrive,
  ) {
    this.retryCount = step.row.retry_count;
  }

  /** Null: the step is done and the run goes on. */
  async carryOut(): Promise<RunEnd | null> {
    const begun = await this.begin();
    if ('to' in begun) return begun;
    let cause: Cause = begun;
    for (;;) {
      this.context.control.checkpoint();
      const next = await this.follow(await this.takeTurn(cause));
      if (next === 'done') return null;
      if ('to' in next) return next;
      cause = next;
    }
  }

  private get key(): string {
    return this.step.row.key;
  }

  private async begin(): Promise<Cause | RunEnd> {
    const { cause, answers, opensAllowance } = await beginningOf(this.context, this.step.row);
    if (opensAllowance) this.retryCount = 0;
    this.answers = answers;
    const begun = await beginAttempt(this.context, this.step.row, { isFix: false, retryCount: this.retryCount });
    if ('crossed' in begun) return overBudget(this.context, begun.crossed);
    this.attempt = begun;
    return cause;
  }

  private get allowance(): Allowance {
    const { maxFixAttempts } = this.context.settings;
    return {
      retryCount: this.retryCount,
      maxFixAttempts,
      infraErrors: this.infraErrors,
      lessonsAsked: this.lessonsAsked,
      besideTold: this.besideTold,
    };
  }

  private async takeTurn(cause: Cause): Promise<TurnOutcome> {
    const { result, notes } = await this.send(cause);
    this.context.control.breakpoint();
    await this.askDecisions(notes);
    if (cause.kind === 'lessons') return this.takeLessons(notes);
    this.notes = notes;
    this.gate = null;
    const facts = turnFactsOf(result, notes);
    const decision = afterTurn(facts, this.allowance);
    if (decision.kind !== 'run_gate') return decision;
    if (notes.parts.length > 0 && (await this.split(notes))) return { kind: 'split' };
    await this.step.session.quiesce();
    return this.check(facts);
  }

  private async check(turn: TurnFacts): Promise<TurnOutcome> {
    this.gate = await runGate(this.context, { ...this.step, attempt: this.attempt.number });
    const decision = afterGate(this.gateFacts(this.gate), turn, this.allowance);
    if (decision.kind !== 'check_again') return decision;
    const end = await this.spendInfraRetry(decision);
    if (end) return { kind: 'over_budget', end };
    this.context.control.checkpoint();
    return this.check(turn);
  }

  private gateFacts({ decision, results }: GateOutcome): GateFacts {
    const lessons = this.notes?.completion?.lessons.length ?? 0;
    return gateFacts(decision, results, this.context.settings.askLessons && lessons === 0);
  }

  /** The gate has passed before this turn; whatever the turn wrote is put back to what the gate saw. */
  private async takeLessons(notes: TurnNotes): Promise<Decision> {
    const { session, workspace } = this.step;
    await session.quiesce();
    if (this.gate) await workspace.restoreTree(this.gate.capture.treeSha);
    if (this.notes) this.notes.completion = withLessons(this.notes.completion, notes.completion);
    return { kind: 'complete', warnNoMarker: false };
  }

  private split(notes: TurnNotes): Promise<boolean> {
    return splitStep(this.context, this.step.row, this.step.rows, notes.parts);
  }

  private async send(cause: Cause): Promise<TurnEnd> {
    const { workspace, session, row, rows } = this.step;
    const { section } = promptStep(this.context, row, rows);
    const ready = Promise.all([
      workspace.resetAgentRepository(),
      writeLongTexts(workspace, { plan: this.context.plan.document, step: section }),
    ]);
    // Whoever waits for it hears of a failure, also when something else fails first.
    ready.catch(() => undefined);
    const others = rows.filter(({ key }) => key !== this.key).map((each) => ({ ...each, isLeaf: each.is_leaf }));
    return session.turn({
      stepKey: this.key,
      attempt: this.attempt.number,
      retryCount: this.retryCount,
      kind: cause.kind,
      prompt: await this.promptFor(cause),
      answers: this.answers,
      isLastStep: nextStep(others) === undefined,
      ready,
    });
  }

  private async promptFor(cause: Cause): Promise<string> {
    const { context, retryCount } = this;
    const { workspace, session } = this.step;
    const facts = turnFacts(context, { ...this.step, attempt: this.attempt.number, retryCount });
    if (!session.isFresh) return promptFor(cause, facts);
    const opening = await openingFacts(context, workspace, guidelinesOf(context));
    return openingFor(cause, facts, { opening, answers: await allAnswers(context, this.key) });
  }

  private async askDecisions(notes: TurnNotes): Promise<void> {
    const { store, run } = this.context;
    const about = { runId: run.id, stepKey: this.key, attempt: this.attempt.number, category: 'decision' as const };
    for (const { text, options } of notes.decisions)
      await store.write((tx) => askQuestion(tx, { ...about, text, options }));
  }

  /** Carries a decision out. Another cause: one more turn. */
  private async follow(decision: TurnOutcome): Promise<Cause | RunEnd | 'done'> {
    switch (decision.kind) {
      case 'complete':
        return this.complete(decision.warnNoMarker);
      case 'split':
        return 'done';
      case 'over_budget':
        return decision.end;
      case 'ask_lessons':
        this.lessonsAsked = true;
        return { kind: 'lessons' };
      case 'fix':
        return this.fix(decision.outcome, decision.failure);
      case 'again':
        return this.again(decision.outcome, decision.reason);
      case 'ask':
        return asked(this.stopping, decision, this.notes?.blockers.slice(0, -1) ?? []);
      case 'review':
        return reviewed(this.stopping, decision);
      case 'wait':
        return waiting(this.stopping, decision);
      case 'fail':
        return failed(decision);
      case 'run_gate':
      case 'check_again':
        throw new Error('the gate was decided to run and did not');
    }
  }

  private get stopping(): Stopping {
    const { context, retryCount, attempt, gate } = this;
    return { context, workspace: this.step.workspace, key: this.key, retryCount, attempt, gate };
  }

  private async complete(warnNoMarker: boolean): Promise<'done'> {
    if (!this.gate) throw new Error(`step ${this.key} cannot be completed: the gate did not run`);
    if (warnNoMarker)
      await this.context.store.record(
        warning('no_marker', `Step ${this.key} passed the gate; the agent printed no completion marker.`),
      );
    await commitStep(this.context, {
      ...this.step,
      attempt: this.attempt.number,
      retryCount: this.retryCount,
      gate: this.gate,
      completion: this.notes?.completion ?? null,
    });
    return 'done';
  }

  private async fix(outcome: AttemptOutcome, failure: string): Promise<Cause | RunEnd> {
    this.retryCount += 1;
    this.infraErrors = 0;
    this.besideTold ||= this.gate?.decision.reasons.some(({ code }) => code === 'beside_only') ?? false;
    const end = await this.nextAttempt(true, { outcome, detail: firstLine(failure) });
    return end ?? { kind: 'fix', failures: failuresOf(this.gate, failure) };
  }

  private async again(outcome: AttemptOutcome, reason: string): Promise<Cause | RunEnd> {
    const end = await this.spendInfraRetry({ outcome, reason });
    if (end) return end;
    const { cause, answers } = await beginningOf(this.context, { ...this.step.row, status: 'in_progress' });
    this.answers = answers;
    return cause;
  }

  private spendInfraRetry({ outcome, reason }: Spent): Promise<RunEnd | null> {
    this.infraErrors += 1;
    return this.nextAttempt(false, { outcome, detail: reason });
  }

  /** The work so far is kept first: at most one turn's is ever done again. */
  private async nextAttempt(isFix: boolean, after: Ended): Promise<RunEnd | null> {
    await keepWork(this.context, this.step.workspace, this.step.session, 'turn');
    const begun = await beginAttempt(this.context, this.step.row, { isFix, retryCount: this.retryCount, after });
    if ('crossed' in begun) return overBudget(this.context, begun.crossed, after);
    this.attempt = begun;
    this.lessonsAsked = false;
    return null;
  }
}
