import { Fault } from '@lockstep/contracts';
import {
  findPlan,
  findRun,
  listQuestions,
  listSteps,
  outputEnd,
  readEvents,
  readOutput,
  type Database,
} from '@lockstep/database';
import { eventItem, outputItem } from './batch';
import type { StreamEnd } from './place';
import type { Source } from './stream';

export interface Snapshot {
  /** Everything up to here is in `data`; a later event's effect may be, too. */
  readonly position: number;
  readonly data: Record<string, unknown>;
}

/** What can be followed. `end` and `snapshot` give Fault `feed_unknown_channel` for what isn't the team's. */
export interface Channel extends Source {
  readonly name: string;
  /** Where the state can be read over HTTP. */
  readonly snapshotUrl: string;
  end(teamId: string): Promise<Pick<StreamEnd, 'position' | 'floor'>>;
  snapshot(teamId: string): Promise<Snapshot>;
}

/** Chunks may be large; a page is held in memory for each client that is behind. */
const outputPage = 64;
const eventPage = 500;

const form = /^(run|plan):([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(:output)?$/;

const unknown = (name: string): Fault =>
  new Fault(
    'feed_unknown_channel',
    `There is no channel ${name} for this token. Subscribe to run:<id>, run:<id>:output or plan:<id> of your own team.`,
  );

/** The channel of that name, if there can be one. */
export function channelOf(db: Database, name: string): Channel {
  const [, kind, id, output] = form.exec(name) ?? [];
  if (id === undefined || (kind === 'plan' && output !== undefined)) throw unknown(name);
  if (output !== undefined) return outputChannel(db, name, id);
  return kind === 'run' ? runChannel(db, name, id) : planChannel(db, name, id);
}

async function runEnd(db: Database, teamId: string, id: string, name: string) {
  const row = await db.prisma.run.findFirst({
    where: { teamId, id },
    select: { eventSeq: true, eventFloor: true },
  });
  if (!row) throw unknown(name);
  return { position: row.eventSeq, floor: row.eventFloor };
}

function runChannel(db: Database, name: string, id: string): Channel {
  const end = (teamId: string) => runEnd(db, teamId, id, name);
  return {
    name,
    kind: 'event',
    snapshotUrl: `/v1/runs/${id}`,
    read: async (position) => (await readEvents(db, id, position, eventPage)).map(eventItem),
    end,
    snapshot: async (teamId) => {
      await end(teamId);
      return runSnapshot(db, teamId, id);
    },
  };
}

/** The run is read first: what changes in between is in the state and comes as an event again, which a client bears. */
async function runSnapshot(db: Database, teamId: string, id: string): Promise<Snapshot> {
  const run = await findRun(db, teamId, id);
  const [steps, questions] = await Promise.all([
    listSteps(db, id),
    listQuestions(db, { teamId, runId: id, status: 'open' }),
  ]);
  return { position: run.seq, data: { run, steps, questions } };
}

function outputChannel(db: Database, name: string, id: string): Channel {
  const end = async (teamId: string) => {
    await runEnd(db, teamId, id, name);
    // Output may have holes; who begins before what is kept steps over this one.
    return { position: await outputEnd(db, id), floor: 0 };
  };
  return {
    name,
    kind: 'output',
    snapshotUrl: `/v1/runs/${id}/output`,
    read: async (position) => (await readOutput(db, id, position, outputPage)).map(outputItem),
    end,
    snapshot: async (teamId) => {
      const { position } = await end(teamId);
      return { position, data: { offset: position } };
    },
  };
}

function planChannel(db: Database, name: string, id: string): Channel {
  const end = async (teamId: string) => {
    const row = await db.prisma.plan.findFirst({ where: { teamId, id }, select: { eventSeq: true } });
    if (!row) throw unknown(name);
    return { position: row.eventSeq, floor: 0 };
  };
  return {
    name,
    kind: 'event',
    snapshotUrl: `/v1/plans/${id}`,
    read: async (position) => (await readEvents(db, id, position, eventPage)).map(eventItem),
    end,
    snapshot: async (teamId) => {
      const { position } = await end(teamId);
      return { position, data: { plan: await findPlan(db, teamId, id) } };
    },
  };
}
