import { randomUUID } from 'node:crypto';
import {
  afterEnding,
  isResumable,
  localTranscript,
  openConversation,
  portableTranscript,
  readTranscriptFrom,
  restoreTranscript,
  transcriptPath,
  type AfterEnding,
  type Conversation,
  type TurnListener,
  type TurnResult,
} from '@lockstep/agent';
import type { NewEvent, TokenUsage } from '@lockstep/contracts';
import {
  appendRunEvents,
  closeTurn,
  countUsage,
  keepRunFacts,
  keepTranscript,
  markDelivered,
  openTurn,
  readTranscript,
  transcriptEnd,
  transcriptGain,
  type Transaction,
  type TranscriptDelta,
  type TranscriptGain,
} from '@lockstep/database';
import { createMarkerParser } from '@lockstep/markers';
import { inBatches } from '@lockstep/runtime';
import type { Workspace } from '@lockstep/workspace';
import type { AgentSetup } from '../agent-setup';
import type { RunContext } from '../run/run-context';
import type { RunStore } from '../run/run-store';
import { OutputWriter } from '../run/output-writer';
import { TurnNotes, warning } from './turn-notes';
import { UsageCount } from './usage-count';

export interface TurnRequest {
  readonly stepKey: string;
  readonly attempt: number;
  readonly retryCount: number;
  readonly kind: string;
  readonly prompt: string;
  /** The answers that the prompt carries, by id. */
  readonly answers: readonly string[];
  /** No other step is open: the agent may say that the implementation is complete. */
  readonly isLastStep: boolean;
  /** What the agent has to find in place: the prompt isn't sent before. */
  readonly ready: Promise<unknown>;
  /** Looks after the work while the agent is at it. */
  readonly during: <T>(turn: () => Promise<T>) => Promise<T>;
}

export interface TurnEnd {
  readonly result: TurnResult;
  readonly notes: TurnNotes;
}

/** What Claude wrote since the transcript was last kept, and the answers that it has heard with it. */
export interface SessionGain extends TranscriptGain {
  readonly sessionId: string;
  readonly answers: readonly string[];
}

/** The same, ready for a transaction: its bytes are safe where a row can name them. */
export interface SessionDelta extends TranscriptDelta {
  readonly answers: readonly string[];
}

export async function putGain({ blobs, runId }: RunStore, { gained, ...gain }: SessionGain): Promise<SessionDelta> {
  return { ...gain, content: gained.length === 0 ? null : await blobs.put(runId, gained) };
}

/** An answer counts as delivered once the transcript in which it stands is safe: until then a successor tells it again. */
export async function keepDelta(tx: Transaction, runId: string, delta: SessionDelta | null): Promise<void> {
  if (delta === null) return;
  await keepTranscript(tx, runId, delta);
  if (delta.answers.length > 0) await markDelivered(tx, runId, delta.answers);
}

/** Endings after which the prompt stands in the transcript for certain. */
const heardOut: readonly TurnResult['outcome'][] = ['completed', 'permission_denied', 'timed_out'];

/** Claude's session of a run: one process, one turn per prompt, resumable on any executor through its transcript. */
export class AgentSession {
  private conversation: Conversation | null = null;
  private readonly writer: OutputWriter;
  private costUsd: number | null;
  private sessionId: string;
  /** Whether the session has anything to resume. Without it the next prompt must open. */
  private started: boolean;
  private readonly heard = new Set<string>();
  private toldUnkept = false;

  constructor(
    private readonly context: RunContext,
    private readonly workspace: Pick<Workspace, 'layout'>,
    private readonly setup: AgentSetup,
  ) {
    this.writer = new OutputWriter(context.store, context.logger);
    this.sessionId = context.run.session_id;
    this.started = context.run.session_started;
    this.costUsd = context.run.session_cost_usd === null ? null : Number(context.run.session_cost_usd);
  }

  /** Nothing has been said in this session: the prompt must tell the whole plan. */
  get isFresh(): boolean {
    return !this.started;
  }

  /** Brings Claude's transcript to this disk; without one the session starts over, and is told what is done. */
  async restoreTranscript(): Promise<void> {
    if (!this.started) return;
    const { store, run } = this.context;
    const kept = { runId: run.id, sessionId: this.sessionId };
    const { content, problem } = await readTranscript(store.db, store.blobs, kept);
    const { claude, tree, directory } = this.workspace.layout;
    if (!isResumable(content)) return this.startOver(problem ?? 'no transcript of the session was kept');
    if (problem !== null)
      await store.record(warning('conversation_cut', `Claude's conversation goes on without its end. ${problem}`));
    await restoreTranscript(claude, tree, this.sessionId, localTranscript(content, directory));
  }

  private async startOver(why: string): Promise<void> {
    this.sessionId = randomUUID();
    this.started = false;
    this.costUsd = 0;
    await this.context.store.write(async (tx) => {
      await keepRunFacts(tx, this.context.run.id, { sessionId: this.sessionId, sessionStarted: false });
      await appendRunEvents(tx, this.context.run.id, [
        warning('session_started_over', `Claude's session starts over, told what is done: ${why}.`),
      ]);
    });
  }

  /** Sends a prompt and waits for the turn's end. What the agent prints goes out as it comes. */
  async turn(request: TurnRequest): Promise<TurnEnd> {
    const { context } = this;
    const number = await context.store.write((tx) =>
      openTurn(tx, {
        runId: context.run.id,
        stepKey: request.stepKey,
        attempt: request.attempt,
        kind: request.kind,
        prompt: request.prompt,
      }),
    );
    const notes = new TurnNotes(request);
    await request.ready;
    const result = await request.during(() => this.converse(request, number, notes));
    await this.writer.flush();
    await this.keepTurn(request, number, result);
    if (heardOut.includes(result.outcome)) for (const id of request.answers) this.heard.add(id);
    await this.prepareNext(result.outcome);
    return { result, notes };
  }

  /** What the table of endings says of the process and the session. */
  private async prepareNext(outcome: TurnResult['outcome']): Promise<void> {
    const { session, process, why } = afterEnding[outcome] as AfterEnding;
    if (process === 'new') await this.endProcess();
    if (session === 'fresh') await this.startOver(why);
    else if (outcome === 'session_in_use') this.started = true;
  }

  private async converse(request: TurnRequest, number: number, notes: TurnNotes): Promise<TurnResult> {
    const { context } = this;
    const parser = createMarkerParser();
    const events = inBatches<NewEvent>((batch) => context.store.record(...batch));
    const heard = (markers: ReturnType<typeof parser.push>): void => {
      for (const marker of markers) events.push(notes.note(marker));
    };
    const usage = this.countOf(number);
    this.listener = {
      onText: (text) => heard(parser.push(text)),
      onUsage: ({ tokens }) => usage.add(tokens),
      onOutput: (text) => this.writer.push(text),
      onWarning: ({ kind, detail }) => events.push([warning(kind, detail)]),
    };
    const conversation = this.open();
    const { control } = context;
    const stop = (): void =>
      void (control.isWorkWanted ? conversation.interrupt() : conversation.terminate('nobody waits for the work'));
    control.signal.addEventListener('abort', stop, { once: true });
    try {
      const ended = conversation.turn(request.prompt);
      if (control.signal.aborted) stop();
      const result = await ended;
      heard(parser.end());
      await events.settled();
      return result;
    } finally {
      await usage.stop();
      control.signal.removeEventListener('abort', stop);
    }
  }

  private countOf(number: number): UsageCount {
    const { store, logger } = this.context;
    return new UsageCount(
      (used) => countUsage(store.db, store.lease, number, used),
      (err) => logger.warn({ err }, 'what a turn has used so far was not counted'),
    );
  }

  private listener: TurnListener = {};

  /** Starts Claude's process for the turn that is about to be made ready: its start takes longer than that. */
  warm(): void {
    this.open();
  }

  private open(): Conversation {
    if (this.conversation?.open) return this.conversation;
    this.conversation = openConversation({
      ...this.setup.conversation(this.context, this.workspace),
      arguments: {
        sessionId: this.sessionId,
        resume: this.started,
        stage: 'implementation',
        ...(this.context.run.model === null ? {} : { model: this.context.run.model }),
      },
      listener: {
        onText: (text) => this.listener.onText?.(text),
        onOutput: (text) => this.listener.onOutput?.(text),
        onUsage: (delta) => this.listener.onUsage?.(delta),
        onWarning: (warned) => this.listener.onWarning?.(warned),
      },
      ...(this.costUsd === null ? {} : { costBeforeUsd: this.costUsd }),
    });
    return this.conversation;
  }

  private async keepTurn(request: TurnRequest, number: number, result: TurnResult): Promise<void> {
    const { context } = this;
    const exists = this.started || result.resumable;
    this.costUsd = result.sessionCostUsd;
    const tokens: TokenUsage = result.usage;
    await context.store.write(async (tx) => {
      await closeTurn(tx, {
        runId: context.run.id,
        number,
        reply: result.text,
        outcome: result.outcome,
        costUsd: result.costUsd,
        tokens,
      });
      await keepRunFacts(tx, context.run.id, { sessionStarted: exists, sessionCostUsd: result.sessionCostUsd });
      await appendRunEvents(tx, context.run.id, [
        { type: 'cost.updated', data: { stepId: request.stepKey, costUsd: result.costUsd, tokens } },
      ]);
    });
    this.started = exists;
  }

  /** Ends every process of the agent but Claude itself: nobody may write while the gate looks. */
  async quiesce(): Promise<void> {
    const ended = (await this.conversation?.quiesce()) ?? 0;
    if (ended > 0)
      await this.context.store.record(
        warning('processes_ended', `${ended} processes that the agent left running were ended before the gate.`),
      );
  }

  /**
   * What is to be kept with the work: null when there is no session yet. Within its first turn a session is there as soon as it can be
   * resumed.
   */
  async gain(withinTurn = false): Promise<SessionGain | null> {
    if (!this.started && !withinTurn) return null;
    const { store, run } = this.context;
    const { claude, tree, directory } = this.workspace.layout;
    const { sessionId } = this;
    const kept = await transcriptEnd(store.db, run.id, sessionId);
    const { content, problem } = await readTranscriptFrom(transcriptPath(claude, tree, sessionId), 0);
    if (problem !== undefined) return this.tellUnkept(problem);
    if (!this.started && !isResumable(content)) return null;
    return { sessionId, ...transcriptGain(portableTranscript(content, directory), kept), answers: [...this.heard] };
  }

  private async tellUnkept(problem: string): Promise<null> {
    if (this.toldUnkept) return null;
    this.toldUnkept = true;
    const detail = `Claude's transcript is not kept any more: ${problem}. Elsewhere the conversation would go on from where it was kept last.`;
    await this.context.store.record(warning('conversation_not_kept', detail));
    return null;
  }

  /** Ends Claude and everything that it started; the session can be resumed. */
  async close(): Promise<void> {
    await this.endProcess();
    await this.writer.flush();
  }

  private async endProcess(): Promise<void> {
    const conversation = this.conversation;
    this.conversation = null;
    await (this.context.control.isWorkWanted
      ? conversation?.close()
      : conversation?.terminate('nobody waits for the work'));
  }
}
