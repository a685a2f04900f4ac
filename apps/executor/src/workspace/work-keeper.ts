import {
  dropOldWork,
  keepRunFacts,
  keepTranscript,
  markDelivered,
  stageWork,
  type Transaction,
  type WorkSnapshot,
} from '@lockstep/database';
import { serializedInterval } from '@lockstep/runtime';
import type { Capture, Workspace } from '@lockstep/workspace';
import type { RunContext } from '../run/run-context';
import { putGain, type AgentSession, type SessionDelta } from '../session/session';
import { warning } from '../session/turn-notes';
import { lockstepAuthor } from '../verify/commit-message';

/** A moment to keep the work at: within a turn, at the end of one that did not end in a commit, or before the run is let go of. */
export type KeepingTime = 'within_turn' | 'after_turn' | 'park';

interface Piece {
  readonly at: KeepingTime;
  readonly work: WorkSnapshot | null;
  readonly delta: SessionDelta | null;
}

/**
 * Keeps what the agent has begun, for whoever goes on elsewhere: the working tree against its commit, and what Claude's transcript gained.
 * The transcript is read first, so that the files are never behind what the conversation says of them. One at a time, and nothing when
 * nothing has changed.
 */
export class WorkKeeper {
  /** Head and tree of the newest work that is kept, or that is too large to be. */
  private last: string | null = null;
  private readonly told = new Set<string>();

  constructor(
    private readonly context: RunContext,
    private readonly workspace: Workspace,
    private readonly session: AgentSession,
  ) {}

  /**
   * Keeps the work again and again while the agent is at it. The end of the turn waits for no snapshot: one that is under way is given
   * up, unless its transaction has begun.
   */
  during = async <T>(turn: () => Promise<T>): Promise<T> => {
    const { config, logger } = this.context;
    if (config.snapshotIntervalMs === 0) return turn();
    let over = false;
    const keeping = serializedInterval({
      everyMs: config.snapshotIntervalMs,
      pauseFirst: true,
      task: (signal) => this.keep('within_turn', signal),
      onError: (err) => over || logger.warn({ err }, 'the work within the turn could not be kept; it is tried again'),
    });
    try {
      return await turn();
    } finally {
      over = true;
      await keeping.stop();
    }
  };

  /** @param signal gives up with its reason, before anything is stored */
  async keep(at: KeepingTime, signal?: AbortSignal): Promise<void> {
    const gain = await this.session.gain(at === 'within_turn');
    const capture = await this.workspace.capture(signal);
    const { key, work } = await this.workOf(at, capture, signal);
    await this.tellTooLarge(capture);
    if (work !== null || (gain !== null && (gain.gained.length > 0 || gain.answers.length > 0)))
      await this.store({ at, work, delta: gain && (await putGain(this.context.store, gain)) });
    this.last = key;
  }

  /** Null: it is kept already, or cannot be. */
  private async workOf(
    at: KeepingTime,
    capture: Capture,
    signal?: AbortSignal,
  ): Promise<{ key: string; work: WorkSnapshot | null }> {
    const headSha = await this.workspace.head();
    const key = `${headSha} ${capture.treeSha}`;
    if (key === this.last) return { key, work: null };
    const maxBytes = this.context.config.snapshotLimitBytes;
    const request = { since: headSha, author: lockstepAuthor, date: new Date(), work: capture, maxBytes };
    const { wip, isTooLarge } = await this.workspace.snapshot(request);
    signal?.throwIfAborted();
    if (isTooLarge) return { key, work: await this.refuse(maxBytes) };
    const wipBundle = wip && (await this.context.store.blobs.put(this.context.run.id, wip.bundle));
    const kind = at === 'park' ? 'park' : 'turn';
    return { key, work: { kind, headSha, wipSha: wip?.sha ?? null, wipBundle } };
  }

  private async refuse(maxBytes: number): Promise<null> {
    await this.tellOnce(
      'snapshot_too_large',
      `The work in progress takes more than ${maxBytes} bytes, packed, which are kept at most: it is on this executor's disk alone until it is committed, and elsewhere the run would go on from the snapshot before. Ignore what is generated, or raise LOCKSTEP_SNAPSHOT_LIMIT_BYTES.`,
    );
    return null;
  }

  private async tellTooLarge({ skipped }: Capture): Promise<void> {
    const large = skipped.filter(({ reason }) => reason === 'too_large').map(({ path }) => path);
    if (large.length === 0) return;
    await this.tellOnce(
      `files_not_kept ${large.join('\n')}`,
      `Files that are too large for a commit are in no snapshot either: ${large.slice(0, 20).join(', ')}. Have them ignored, or kept elsewhere.`,
    );
  }

  private async tellOnce(kind: string, detail: string): Promise<void> {
    if (this.told.has(kind)) return;
    this.told.add(kind);
    await this.context.store.record(warning(kind.split(' ', 1)[0] ?? kind, detail));
  }

  /** The bytes travel before the run's row is locked, so that no event of the agent's waits for them. */
  private store({ at, work, delta }: Piece): Promise<void> {
    const { store, run } = this.context;
    let newest: string | null = null;
    const before = async (tx: Transaction): Promise<void> => {
      if (work) newest = await stageWork(tx, run.id, work);
      if (delta) await keepTranscript(tx, run.id, delta);
    };
    return store.write(
      async (tx) => {
        if (newest !== null) await dropOldWork(tx, run.id, newest);
        if (delta && delta.answers.length > 0) await markDelivered(tx, run.id, delta.answers);
        // A successor resumes a session whose first turn hasn't ended.
        if (delta && at === 'within_turn') await keepRunFacts(tx, run.id, { sessionStarted: true });
      },
      { before },
    );
  }
}
