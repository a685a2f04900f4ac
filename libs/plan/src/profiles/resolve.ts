import {
  Fault,
  profileName,
  projectSaid,
  runSettings,
  type Profile,
  type ProfileName,
  type ProfileOverrides,
  type ProjectSaid,
  type RunSettings,
} from '@lockstep/contracts';
import { profiles } from './table';

/** A profile's name, checked. @throws Fault plan_invalid */
export function readProfileName(name: string): ProfileName {
  const read = profileName.safeParse(name);
  if (read.success) return read.data;
  throw new Fault(
    'plan_invalid',
    `There is no profile ${JSON.stringify(name)}. Name one of ${profileName.options.join(', ')} in the plan, or with the request.`,
  );
}

/**
 * What a run is carried out with: the profile's own values, over them what the project says, over both what the plan says. Of `places`,
 * `owes` and `budget` single entries may be said; lists take the place of the list before. The value is frozen, through and through.
 */
export function resolveProfile(name: ProfileName, project: ProjectSaid, plan: ProfileOverrides = {}): RunSettings {
  const { setup, model, profile: _profile, queue: _queue, projectBudget: _shared, retention: _kept, ...said } = project;
  return frozen({
    ...merged(merged(profiles[name], said), plan),
    profile: name,
    setup: setup ?? [],
    model: model ?? null,
  });
}

function merged(profile: Profile, said: ProfileOverrides): Profile {
  const { places, owes, budget, ...rest } = present(said);
  return {
    ...profile,
    ...rest,
    places: { ...profile.places, ...present(places ?? {}) },
    owes: { ...profile.owes, ...present(owes ?? {}) },
    budget: { ...profile.budget, ...present(budget ?? {}) },
  } as Profile;
}

/** Without keys whose value is undefined: they say nothing, and must not take anything away. */
const present = <T extends object>(value: T): T =>
  Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  Object.values(value).forEach(frozen);
  return Object.freeze(value);
}

/** The settings that are stored with a run; a run that was created from a project's bare settings has its project's profile. */
export function readRunSettings(stored: unknown): RunSettings {
  const settled = runSettings.safeParse(stored);
  if (settled.success) return frozen(settled.data);
  const said = projectSaid.parse(stored);
  return resolveProfile(said.profile ?? 'feature', said);
}
