import { credentialState, runStatus, waitReason } from '@lockstep/contracts';
import { countFleet, type Database } from '@lockstep/database';
import type { OutboxRelay } from '../relay/outbox-relay';

interface Series {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly samples: readonly (readonly [labels: string, value: number])[];
}

const single = (name: string, type: Series['type'], help: string, value: number): Series => ({
  name,
  type,
  help,
  samples: [['', value]],
});

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

const text = ({ name, type, help, samples }: Series): string =>
  [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...samples.map(([labels, value]) => `${name}${labels} ${value}`),
  ].join('\n');

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
    return `${[
      ...processSeries(),
      single('lockstep_outbox_unsent', 'gauge', 'Bells that wait to be rung.', unsent),
      single('lockstep_bells_rung_total', 'counter', 'Bells rung by this process.', this.relay.rung),
      counted('lockstep_runs', 'Runs by status.', 'status', runStatus.options, byStatus),
      counted('lockstep_runs_waiting', 'Runs by what they wait for.', 'waitReason', waitReason.options, byReason),
      counted(
        'lockstep_credentials',
        'Keys by whether the provider takes them.',
        'state',
        credentialState.options,
        byState,
      ),
      single('lockstep_executors', 'gauge', 'Executors that are alive and take runs.', fleet.executors),
      single('lockstep_slots', 'gauge', 'Runs that they can drive at once.', fleet.slots),
      single('lockstep_slots_busy', 'gauge', 'Runs that they drive.', fleet.busy),
    ]
      .map(text)
      .join('\n')}\n`;
  }
}

function processSeries(): Series[] {
  const cpu = process.cpuUsage();
  const startedAt = Date.now() / 1000 - process.uptime();
  return [
    single('process_cpu_seconds_total', 'counter', 'Processor time used, in seconds.', (cpu.user + cpu.system) / 1e6),
    single('process_resident_memory_bytes', 'gauge', 'Memory in use, in bytes.', process.memoryUsage.rss()),
    single('process_start_time_seconds', 'gauge', 'Start of the process, in seconds since 1970.', startedAt),
  ];
}
