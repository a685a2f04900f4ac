import { writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import {
  afterEnding,
  openConversation,
  readTranscriptFrom,
  restoreTranscript,
  transcriptPath,
  type AfterEnding,
  type Conversation,
  type TurnListener,
  type TurnResult,
} from '@lockstep/agent';
import type { NewEvent, TokenUsage } from '@lockstep/contracts';
import { closeTurn, keepRunFacts, openTurn, readTranscript, appendRunEvents } from '@lockstep/database';
import { createMarkerParser } from '@lockstep/markers';
import type { Workspace } from '@lockstep/workspace';
import type { AgentSetup } from '../agent-setup';
import type { RunContext } from '../run/run-context';
import { OutputWriter } from '../run/output-writer';
import { TurnNotes, warning } from './marker-events';

export interface TurnRequest {
  readonly stepKey: string;
  readonly attempt: number;
  readonly retryCount: number;
  readonly kind: string;
  readonly prompt: string;
}

export interface TurnEnd {
  readonly result: TurnResult;
  readonly notes: TurnNotes;
}

/** Claude's session of a run: one process, one turn per prompt, resumable on any executor through its transcript. */
export class AgentSession {
  private conversation: Conversation | null = null;
  private readonly writer: OutputWriter;
  private costUsd: number | null;
  private sessionId: string;
  /** Whether the session has anything to resume. Without it the next prompt must open. */
  private started: boolean;

  constructor(
    private readonly context: RunContext,
    private readonly workspace: Workspace,
    private readonly setup: AgentSetup,
  ) {
    this.writer = new OutputWriter(context.store, context.logger);
    this.sessionId = context.run.session_id;
    this.started = context.run.session_started;
    this.costUsd = context.run.session_cost_usd === null ? null : Number(context.run.session_cost_usd);
  }

  get id(): string {
    return this.sessionId;
  }

  /** Nothing has been said in this session: the prompt must tell the whole plan. */
  get isFresh(): boolean {
    return !this.started;
  }

  /** Brings Claude's transcript to this disk; without one the session starts over, and is told what is done. */
  async restoreTranscript(): Promise<void> {
    if (!this.started) return;
    const content = await readTranscript(this.context.store.db, this.context.run.id, this.sessionId);
    const { claude, tree } = this.workspace.layout;
    if (content.length === 0) return this.startOver('no transcript of the session was kept');
    await restoreTranscript(claude, tree, this.sessionId, content);
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
    const notes = new TurnNotes(request.stepKey, request.retryCount);
    const result = await this.converse(request, notes);
    await this.writer.flush();
    await this.keepTurn(request, number, result);
    const { session, why } = afterEnding[result.outcome] as AfterEnding;
    if (session === 'fresh') await this.startOver(why);
    else if (result.outcome === 'session_in_use') this.started = true;
    return { result, notes };
  }

  private async converse(request: TurnRequest, notes: TurnNotes): Promise<TurnResult> {
    const { context } = this;
    const parser = createMarkerParser();
    const events = new EventQueue(context);
    const heard = (markers: ReturnType<typeof parser.push>): void => {
      for (const marker of markers) events.push(notes.note(marker));
    };
    this.listener = {
      onText: (text) => heard(parser.push(text)),
      onOutput: (text) => this.writer.push(text),
      onWarning: ({ kind, detail }) => events.push([warning(kind, detail)]),
    };
    const conversation = this.open();
    const stop = (): void =>
      void (context.control.isLeaseLost ? conversation.terminate('the lease is lost') : conversation.interrupt());
    context.control.signal.addEventListener('abort', stop, { once: true });
    try {
      if (context.control.signal.aborted) stop();
      const result = await conversation.turn(request.prompt);
      heard(parser.end());
      await events.settled();
      return result;
    } finally {
      context.control.signal.removeEventListener('abort', stop);
    }
  }

  private listener: TurnListener = {};

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

  /** What Claude wrote since `offset`. */
  async transcriptSince(offset: number): Promise<{ sessionId: string; offset: number; content: Buffer } | null> {
    if (!this.started) return null;
    const { claude, tree } = this.workspace.layout;
    const { content } = await readTranscriptFrom(transcriptPath(claude, tree, this.sessionId), offset);
    return { sessionId: this.sessionId, offset, content };
  }

  async close(): Promise<void> {
    const conversation = this.conversation;
    this.conversation = null;
    await conversation?.close();
    await this.writer.flush();
  }
}

/** Texts that are too long for a message are handed over as files in the agent's home. */
export async function writeLongTexts(workspace: Workspace, texts: { plan: string; step: string }): Promise<void> {
  await writeFile(join(workspace.layout.home, 'plan.md'), texts.plan);
  await writeFile(join(workspace.layout.home, 'step.md'), texts.step);
}

/** Stores events in the order in which they came, without making the agent wait. The first that fails ends the turn's wait. */
class EventQueue {
  private last: Promise<void> = Promise.resolve();

  constructor(private readonly context: RunContext) {}

  push(events: readonly NewEvent[]): void {
    if (events.length === 0) return;
    this.last = this.last.then(() => this.context.store.record(...events));
    this.last.catch(() => undefined);
  }

  settled(): Promise<void> {
    return this.last;
  }
}
