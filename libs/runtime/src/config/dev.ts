import { url, text } from './kinds';
import { defineSettings, type ConfigOf } from './setting';

/** What `lockstep dev` itself looks at; everything else goes on to the services as it is. */
export const devSettings = defineSettings<{
  databaseUrl: string | undefined;
  namespace: string | undefined;
  drainGraceMs: string | undefined;
  anthropicApiKey: string | undefined;
  anthropicBaseUrl: string | undefined;
  npmCommand: string | undefined;
}>('lockstep dev', {
  databaseUrl: {
    env: 'DATABASE_URL',
    doc: 'A Postgres of yours to use instead of the embedded one.',
    schema: url('postgresql:', 'postgres:').optional(),
    secret: true,
    shownDefault: 'embedded',
  },
  namespace: { env: 'LOCKSTEP_NAMESPACE', doc: 'See below.', schema: text().optional(), shownDefault: 'from the data' },
  drainGraceMs: { env: 'LOCKSTEP_DRAIN_GRACE_MS', doc: 'See below.', schema: text().optional(), shownDefault: '3000' },
  anthropicApiKey: {
    env: 'ANTHROPIC_API_KEY',
    doc: 'Without it and without ANTHROPIC_BASE_URL the model is the scripted one.',
    schema: text().optional(),
    secret: true,
    shownDefault: 'none',
  },
  anthropicBaseUrl: {
    env: 'ANTHROPIC_BASE_URL',
    doc: 'The Messages API to use.',
    schema: url('http:', 'https:').optional(),
    shownDefault: 'none',
  },
  npmCommand: {
    env: 'npm_command',
    doc: 'Set by npm for what it starts: npx and its shell end on a signal without passing it on.',
    schema: text().optional(),
    shownDefault: 'none',
  },
});

export type DevConfig = ConfigOf<typeof devSettings>;

/** The names of a group's variables, for `hostEnvironment`: a service gets the settings that it knows, and nothing else. */
export const variablesOf = (group: { readonly fields: object }): string[] =>
  Object.values(group.fields as Record<string, { env: string }>).map(({ env }) => env);
