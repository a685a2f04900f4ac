/** Samples of one name, as Prometheus' text format has them. */
export interface Series {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly samples: readonly (readonly [labels: string, value: number])[];
}

export const singleSample = (name: string, type: Series['type'], help: string, value: number): Series => ({
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

/** The body of a `/metrics`. */
export const renderSeries = (series: readonly Series[]): string => `${series.map(text).join('\n')}\n`;

export const metricsType = 'text/plain; version=0.0.4; charset=utf-8';

/** What every process can say of itself. */
export function processSeries(): Series[] {
  const cpu = process.cpuUsage();
  const startedAt = Date.now() / 1000 - process.uptime();
  return [
    singleSample(
      'process_cpu_seconds_total',
      'counter',
      'Processor time used, in seconds.',
      (cpu.user + cpu.system) / 1e6,
    ),
    singleSample('process_resident_memory_bytes', 'gauge', 'Memory in use, in bytes.', process.memoryUsage.rss()),
    singleSample('process_start_time_seconds', 'gauge', 'Start of the process, in seconds since 1970.', startedAt),
  ];
}
