import { writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import {
  afterEnding,
  openConversation,
  readTranscriptFrom,
  restoreTranscript,
  transcriptPath,
  type Conversation,
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
    if (result.outcome === 'session_unknown') await this.startOver('Claude does not know the session any more');
    return { result, notes };
  }

  private async converse(request: TurnRequest, notes: TurnNotes): Promise<TurnResult> {
    const { context } = this;
    const parser = createMarkerParser();
    const events = new EventQueue(context);
    const conversation = await this.open({
      onText: (text) => {
        for (const marker of parser.push(text)) events.push(notes.note(marker));
      },
      onOutput: (text) => this.writer.push(text),
      onWarning: (kind, detail) => events.push([warning(kind, detail)]),
    });
    const stop = (): void => void conversation.interrupt();
    context.control.signal.addEventListener('abort', stop, { once: true });
    try {
      if (context.control.signal.aborted) stop();
      const result = await conversation.turn(request.prompt);
      for (const marker of parser.end()) events.push(notes.note(marker));
      await events.settled();
      if (!result.resumable || result.processEnded) this.conversation = null;
      return result;
    } finally {
      context.control.signal.removeEventListener('abort', stop);
    }
  }

  private callbacks: Callbacks = silent;

  private async open(callbacks: Callbacks): Promise<Conversation> {
    this.callbacks = callbacks;
    this.conversation ??= await openConversation({
      ...this.setup.conversation(this.context, this.workspace),
      sessionId: this.sessionId,
      resume: this.started,
      onText: (text) => this.callbacks.onText(text),
      onOutput: (text) => this.callbacks.onOutput(text),
      onWarning: (kind, detail) => this.callbacks.onWarning(kind, detail),
    });
    return this.conversation;
  }

  private async keepTurn(request: TurnRequest, number: number, result: TurnResult): Promise<void> {
    const { context } = this;
    const firstAnswer = !this.started && result.text !== '';
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
      if (firstAnswer) await keepRunFacts(tx, context.run.id, { sessionStarted: true });
      await appendRunEvents(tx, context.run.id, [
        { type: 'cost.updated', data: { stepId: request.stepKey, costUsd: result.costUsd, tokens } },
      ]);
    });
    if (firstAnswer) this.started = true;
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
    const content = await readTranscriptFrom(transcriptPath(claude, tree, this.sessionId), offset);
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

export { afterEnding };

interface Callbacks {
  onText(text: string): void;
  onOutput(text: string): void;
  onWarning(kind: string, detail: string): void;
}

const silent: Callbacks = { onText: () => undefined, onOutput: () => undefined, onWarning: () => undefined };

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
