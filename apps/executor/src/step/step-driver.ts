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
import { removeLongTexts, writeLongTexts } from '../session/long-texts';
import type { AgentSession, TurnEnd } from '../session/session';
import { TurnNotes, warning } from '../session/turn-notes';
import { runGate, type GateOutcome } from '../verify/gate-step';
import type { WorkKeeper } from '../workspace/work-keeper';
import { beginAttempt, type Attempt, type NewAttempt } from './attempt-log';
import { allAnswers, beginningOf, openingFor, promptFor, type Cause } from './cause';
import { commitStep } from './commit-step';
import { withLessons } from './completion-told';
import { failuresOf } from './failures';
import { guidelinesOf } from './guidelines';
import { openingFacts, promptStep, turnFacts } from './prompt-facts';
import { splitStep } from './split-step';
import { statesOf } from './step-states';
import { asked, failed, heldBack, refused, reviewed, type Ended, type Stopping } from './step-end';
import { turnFactsOf } from './turn-facts';

export interface StepToDrive {
  readonly workspace: Workspace;
  readonly session: AgentSession;
  readonly keeper: WorkKeeper;
  readonly row: StepRow;
  readonly rows: readonly StepRow[];
}

/** What a turn and its gate came to. Splitting is none of the core's decisions: it only makes more steps. */
type TurnOutcome = Decision | { readonly kind: 'split' } | { readonly kind: 'held_back'; readonly end: RunEnd };

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
    let next: Cause | RunEnd | 'done' = await this.begin();
    while (next !== 'done') {
      if ('to' in next) return next;
      this.context.control.checkpoint();
      next = await this.follow(await this.takeTurn(next));
    }
    return null;
  }

  private get key(): string {
    return this.step.row.key;
  }

  private async begin(): Promise<Cause | RunEnd> {
    const { cause, answers, opensAllowance } = await beginningOf(this.context, this.step.row);
    if (opensAllowance) this.retryCount = 0;
    this.answers = answers;
    const begun = await beginAttempt(this.context, this.step.row, { retryCount: this.retryCount });
    if (!('number' in begun)) return heldBack(this.context, begun);
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
    this.infraErrors += 1;
    const spent = { outcome: decision.outcome, detail: decision.reason };
    const end = await this.nextAttempt({ checksOnly: true }, spent);
    if (end) return { kind: 'held_back', end };
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
    const others = statesOf(rows).filter(({ key }) => key !== this.key);
    const turn = await session.turn({
      stepKey: this.key,
      attempt: this.attempt.number,
      retryCount: this.retryCount,
      kind: cause.kind,
      prompt: await this.promptFor(cause),
      answers: this.answers,
      isLastStep: nextStep(others) === undefined,
      ready,
      during: this.step.keeper.during,
    });
    await removeLongTexts(workspace);
    return turn;
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
      case 'held_back':
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
        return refused(this.stopping, decision);
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
    const held = await this.nextAttempt({ isFix: true }, { outcome, detail: firstLine(failure) });
    return held ?? { kind: 'fix', failures: failuresOf(this.gate, failure) };
  }

  private async again(outcome: AttemptOutcome, reason: string): Promise<Cause | RunEnd> {
    this.infraErrors += 1;
    const held = await this.nextAttempt({}, { outcome, detail: reason });
    if (held) return held;
    const { cause, answers } = await beginningOf(this.context, { ...this.step.row, status: 'in_progress' });
    this.answers = answers;
    return cause;
  }

  /** The work so far is kept first: at most one turn's is ever done again. */
  private async nextAttempt(kind: Pick<NewAttempt, 'isFix' | 'checksOnly'>, after: Ended): Promise<RunEnd | null> {
    await this.step.keeper.keep('after_turn');
    const begun = await beginAttempt(this.context, this.step.row, { ...kind, retryCount: this.retryCount, after });
    if (!('number' in begun)) return heldBack(this.context, begun, after);
    this.attempt = begun;
    this.lessonsAsked = false;
    return null;
  }
}
