import { runStatus } from '@lockstep/contracts';
import type { Database } from '@lockstep/database';
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
    const [unsent, byStatus] = await Promise.all([
      prisma.outbox.count({ where: { sentAt: null } }),
      prisma.run.groupBy({ by: ['status'], _count: true }),
    ]);
    const counts = new Map(byStatus.map(({ status, _count }) => [status, _count]));
    const runs = runStatus.options.map((status) => [`{status="${status}"}`, counts.get(status) ?? 0] as const);
    return `${[
      ...processSeries(),
      single('lockstep_outbox_unsent', 'gauge', 'Bells that wait to be rung.', unsent),
      single('lockstep_bells_rung_total', 'counter', 'Bells rung by this process.', this.relay.rung),
      { name: 'lockstep_runs', type: 'gauge' as const, help: 'Runs by status.', samples: runs },
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
