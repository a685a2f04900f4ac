import { join, resolve } from 'node:path';
import { apiSettings, executorSettings, gatewaySettings, hostEnvironment, variablesOf } from '@lockstep/runtime';
import type { Places } from './places';
import type { ChildSpec } from './child';

const apps = resolve(__dirname, '..', '..', '..');
const mainOf = (app: string): string => join(apps, app, 'dist', 'main.js');

/** What git and npm need to reach the world from an executor, beside its settings. */
const network = [
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'SSH_AUTH_SOCK',
  'NODE_EXTRA_CA_CERTS',
];

export interface ServicesOptions {
  readonly places: Places;
  readonly databaseUrl: string;
  readonly apiPort: number;
  readonly gatewayPort: number;
  readonly executors: number;
  /** The port of the scripted model; undefined when a real one is set. */
  readonly modelPort: number | undefined;
  /** Over what the environment says. */
  readonly settings: Readonly<Record<string, string>>;
  readonly onLost: (text: string) => void;
}

/** The processes of a dev server, in the order in which they stop. */
export function serviceSpecs(options: ServicesOptions): ChildSpec[][] {
  const executors = Array.from({ length: options.executors }, (_, index) => executorSpec(options, index + 1));
  const edges = [
    spec(options, 'gateway', settingsOf(options, gatewaySettings, { PORT: String(options.gatewayPort) })),
    spec(options, 'api', settingsOf(options, apiSettings, { PORT: String(options.apiPort) })),
  ];
  return [executors, edges, modelSpecs(options)];
}

const spec = ({ places, onLost }: ServicesOptions, name: string, env: Record<string, string>): ChildSpec => ({
  name,
  args: [mainOf(name)],
  env,
  logFile: join(places.logs, `${name}.log`),
  onLost,
});

function settingsOf(
  { databaseUrl, settings }: ServicesOptions,
  group: { readonly fields: object },
  own: Readonly<Record<string, string>>,
): Record<string, string> {
  return {
    ...hostEnvironment(variablesOf(group)),
    ...settings,
    DATABASE_URL: databaseUrl,
    HOST: '127.0.0.1',
    LOCKSTEP_ALLOW_LOCAL_REPOSITORIES: 'true',
    LOCKSTEP_EXIT_WITH_PARENT: 'true',
    ...own,
  };
}

function executorSpec(options: ServicesOptions, number: number): ChildSpec {
  const { places, modelPort } = options;
  const model: Record<string, string> =
    modelPort === undefined ? {} : { ANTHROPIC_BASE_URL: `http://127.0.0.1:${modelPort}` };
  const own = {
    ...hostEnvironment(network),
    EXECUTOR_ID: `dev-${process.pid}-${number}`,
    WORKSPACE_ROOT: places.workspaceRoot(number),
    // One port for several executors would be one too few.
    LOCKSTEP_EXECUTOR_PORT: '',
    ...model,
  };
  const name = `executor-${number}`;
  return {
    ...spec(options, 'executor', settingsOf(options, executorSettings, own)),
    name,
    logFile: join(places.logs, `${name}.log`),
  };
}

function modelSpecs(options: ServicesOptions): ChildSpec[] {
  const { modelPort } = options;
  if (modelPort === undefined) return [];
  const args = [mainOf('offline-model'), '--mode', 'follow', '--port', String(modelPort), '--exit-with-stdin'];
  const base = spec(options, 'offline-model', hostEnvironment());
  return [{ ...base, args, readyUrl: `http://127.0.0.1:${modelPort}/` }];
}
