import { credentialState, runStatus, waitReason } from '@lockstep/contracts';
import { countFleet, type Database } from '@lockstep/database';
import { processSeries, renderSeries, singleSample, type Series } from '@lockstep/runtime';
import type { OutboxRelay } from '../relay/outbox-relay';

/** One sample for each value that there can be. */
const counted = <K extends string>(
  name: string,
  help: string,
  key: K,
  values: readonly string[],
  groups: readonly ({ readonly [k in K]: string | null } & { readonly _count: number })[],
): Series => ({
  name,
  type: 'gauge',
  help,
  samples: values.map((value) => [
    `{${key === 'waitReason' ? 'reason' : key}="${value}"}`,
    groups.find((group) => group[key] === value)?._count ?? 0,
  ]),
});

/** What an operator watches, in Prometheus' text format. Counts are of the whole installation and name no team. */
export class Metrics {
  constructor(
    private readonly database: Database,
    private readonly relay: Pick<OutboxRelay, 'rung'>,
  ) {}

  async render(): Promise<string> {
    const { prisma } = this.database;
    const [unsent, byStatus, byReason, byState, fleet] = await Promise.all([
      prisma.outbox.count({ where: { sentAt: null } }),
      prisma.run.groupBy({ by: ['status'], _count: true }),
      prisma.run.groupBy({ by: ['waitReason'], _count: true }),
      prisma.credential.groupBy({ by: ['state'], _count: true }),
      countFleet(this.database),
    ]);
    return renderSeries([
      ...processSeries(),
      singleSample('lockstep_outbox_unsent', 'gauge', 'Bells that wait to be rung.', unsent),
      singleSample('lockstep_bells_rung_total', 'counter', 'Bells rung by this process.', this.relay.rung),
      counted('lockstep_runs', 'Runs by status.', 'status', runStatus.options, byStatus),
      counted('lockstep_runs_waiting', 'Runs by what they wait for.', 'waitReason', waitReason.options, byReason),
      counted(
        'lockstep_credentials',
        'Keys by whether the provider takes them.',
        'state',
        credentialState.options,
        byState,
      ),
      singleSample('lockstep_executors', 'gauge', 'Executors that are alive and take runs.', fleet.executors),
      singleSample('lockstep_slots', 'gauge', 'Runs that they can drive at once.', fleet.slots),
      singleSample('lockstep_slots_busy', 'gauge', 'Runs that they drive.', fleet.busy),
    ]);
  }
}
