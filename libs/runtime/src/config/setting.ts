import { Fault, type FaultPlace } from '@lockstep/contracts';
import { z } from 'zod';

/** The environment as a process sees it: names to text. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * One setting: where it comes from, what it means and what it may be. `schema` reads the variable's text; `fallback` is the
 * text that stands in when the variable is unset or empty, so that a default passes through the same checks as a given value.
 */
export interface Setting<T> {
  readonly env: string;
  /** One sentence for the settings table: what it does, and in which unit. */
  readonly doc: string;
  readonly schema: z.ZodType<T>;
  /** A text, or a function of the settings that stand above this one in its group. */
  readonly fallback?: string | ((above: Readonly<Record<string, unknown>>) => string | undefined);
  /** What the settings table shows as the default when `fallback` depends on the machine or on other settings. */
  readonly shownDefault?: string;
  /** A secret is never printed, not even in the message that refuses it. */
  readonly secret?: boolean;
}

/** A rule between settings of one group: a sentence when it is broken, otherwise nothing. */
export interface SettingsRule<T> {
  /** The rule is looked at only when all of these could be read. */
  readonly of: readonly (keyof T & string)[];
  readonly check: (config: T) => string | undefined;
}

export interface SettingsGroup<T> {
  readonly title: string;
  readonly fields: { readonly [K in keyof T]: Setting<T[K]> };
  readonly rules: readonly SettingsRule<T>[];
}

/** What `readConfig` gives for a group: `ConfigOf<typeof executorSettings>`. */
export type ConfigOf<G> = G extends SettingsGroup<infer T> ? Readonly<T> : never;

type FieldsOf<T> = SettingsGroup<T>['fields'];

export const defineSettings = <T>(
  title: string,
  fields: FieldsOf<T>,
  rules: readonly SettingsRule<T>[] = [],
): SettingsGroup<T> => ({ title, fields, rules });

/** Two groups as one, so that a service reads everything it needs in one go and hears of every fault at once. */
export const combineSettings = <A, B>(a: SettingsGroup<A>, b: SettingsGroup<B>): SettingsGroup<A & B> => ({
  title: a.title,
  fields: { ...b.fields, ...a.fields } as unknown as FieldsOf<A & B>,
  rules: [...a.rules, ...b.rules] as unknown as readonly SettingsRule<A & B>[],
});

/**
 * Reads a group from the environment, once, before anything starts. The result is frozen.
 * Throws Fault `config_invalid` whose message and `places` name every variable that is missing or wrong.
 */
export function readConfig<T>(group: SettingsGroup<T>, env: Environment = process.env): Readonly<T> {
  const read: Record<string, unknown> = {};
  const faults: FaultPlace[] = [];
  for (const [key, setting] of Object.entries<Setting<unknown>>(group.fields as Record<string, Setting<unknown>>)) {
    const parsed = setting.schema.safeParse(rawValue(setting, env, read));
    if (parsed.success) read[key] = freezeDeep(parsed.data);
    else faults.push({ pointer: setting.env, message: refusal(setting, parsed.error, env) });
  }
  faults.push(...brokenRules(group, read));
  if (faults.length > 0) throw configFault(faults);
  return Object.freeze(read) as Readonly<T>;
}

function rawValue(
  setting: Setting<unknown>,
  env: Environment,
  above: Readonly<Record<string, unknown>>,
): string | undefined {
  const given = env[setting.env]?.trim();
  if (given !== undefined && given !== '') return given;
  return typeof setting.fallback === 'function' ? setting.fallback(above) : setting.fallback;
}

function refusal(setting: Setting<unknown>, error: z.ZodError, env: Environment): string {
  const given = env[setting.env];
  const why = error.issues.map((issue) => issue.message).join('; ');
  if (given === undefined || given.trim() === '') return `${setting.env} is not set. ${setting.doc}`;
  return `${setting.env}${setting.secret ? '' : `=${JSON.stringify(given)}`}: ${why}. ${setting.doc}`;
}

function brokenRules<T>(group: SettingsGroup<T>, read: Readonly<Record<string, unknown>>): FaultPlace[] {
  const rules = group.rules.filter((rule) => rule.of.every((key) => key in read));
  return rules.flatMap((rule) => {
    const message = rule.check(read as T);
    return message === undefined ? [] : [{ pointer: rule.of.map((key) => group.fields[key].env).join(','), message }];
  });
}

const configFault = (faults: readonly FaultPlace[]): Fault =>
  new Fault(
    'config_invalid',
    `The configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}; mend the environment and start again:\n${faults.map((fault) => `  - ${fault.message}`).join('\n')}`,
    faults,
  );

function freezeDeep<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.values(value).forEach(freezeDeep);
  return Object.freeze(value);
}
