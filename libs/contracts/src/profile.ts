import { z } from 'zod';
import { budgetLimits, projectBudget } from './budget';
import { planStepKinds } from './plan';
import { retention } from './retention';
import { advanceMode, profileName } from './states';

/**
 * How the steps of a run are carried out: a profile's own values, what a project says over them, and what a plan says over both.
 * The tables of the profiles are in libs/plan; here are the shapes, because projects and plans bring them over HTTP.
 */
const command = z.string().min(1).max(10_000);
const commands = z.array(command).max(20);

const isInside = (path: string): boolean =>
  !path.startsWith('/') &&
  !/[\\\u0000-\u001f]/.test(path) &&
  path.split('/').every((part) => part !== '' && part !== '.' && part !== '..' && part.toLowerCase() !== '.git');

/** Relative to the repository, with `/`; never outside it and never in `.git`. */
const place = z
  .string()
  .min(1)
  .max(300)
  .refine(isInside, 'must be a path inside the repository, with / between folders');

/**
 * A place with `{slug}` (of the plan) and `{step}` (`step3a`, or the key where it names itself) in it. A template without
 * `{step}` is one path for the whole run.
 */
const template = place.refine(
  (path) => /^(?:[^{}]|\{(?:slug|step)\})*$/.test(path),
  'may hold {slug} and {step}, and no other braces',
);

export const profilePlaces = z.strictObject({
  /** Where implementation, tests and documents go; null: where the plan says. Told to the agent; what is elsewhere, undeclared, is a deviation. */
  code: template.nullable(),
  tests: template.nullable(),
  documents: template.nullable(),
  /** The results document of the whole run. */
  results: template,
  /** One results document a step; null: none. */
  stepResults: template.nullable(),
  /** A template of the repository's own for `stepResults`; used when it is there. */
  stepTemplate: place.nullable(),
  /** A file in which the run keeps a section on its state; null: none. */
  state: template.nullable(),
});
export type ProfilePlaces = z.infer<typeof profilePlaces>;

export const artifact = z.enum(['code', 'tests', 'documents']);
export type Artifact = z.infer<typeof artifact>;

const owed = z.array(artifact).max(3);
/** Of what a step declares, what it owes, by its kind. */
export const profileOwes = z.strictObject(
  Object.fromEntries(planStepKinds.map((kind) => [kind, owed])) as Record<(typeof planStepKinds)[number], typeof owed>,
);
export type ProfileOwes = z.infer<typeof profileOwes>;

const fields = {
  places: profilePlaces,
  owes: profileOwes,
  /** One sentence each; they go into the first prompt. */
  guidelines: z.array(z.string().min(1).max(2000)).max(50),
  /** Verifies steps that name no command of their own. */
  verify: commands,
  /** Run at the very end, in the clean room, after everything else. */
  healthCheck: commands,
  advance: advanceMode,
  maxFixAttempts: z.int().min(0).max(20),
  /** What one run may use before a person is asked. */
  budget: budgetLimits,
  /** Ask once, in the same attempt, for lessons learned when a step's completion names none. */
  askLessons: z.boolean(),
  /** Files changed outside what the step declares: noted, or looked at by a person before the step is completed. */
  deviations: z.enum(['warn', 'review']),
  /**
   * Success criteria and checklist items that name nothing that can be run. `validated`: they count as proved by the final validation as a
   * whole, and the results say no more than that; `ask`: a person says whether they hold.
   */
  criteria: z.enum(['validated', 'ask']),
  /**
   * Which verification has to pass in a fresh checkout too. `run`: the end of the run's, as always; `step`: each step's; `auto`: a
   * step's where something changed that checks may use and the commit does not contain.
   */
  cleanRoom: z.enum(['run', 'auto', 'step']),
  /** Seconds for one turn of the agent. */
  turnLimitSeconds: z.int().min(5).max(86_400),
  /** Seconds without a line from the agent. */
  idleLimitSeconds: z.int().min(5).max(86_400),
  /** Seconds for one verification or set-up command. */
  verificationLimitSeconds: z.int().min(1).max(86_400),
} as const;

/** Everything that a profile decides. */
export const profileSchema = z.strictObject(fields);
export type Profile = z.infer<typeof profileSchema>;

/** What a project or a plan says over its profile: any part of it, and nothing else. */
export const profileOverrides = z
  .strictObject({
    ...fields,
    places: profilePlaces.partial(),
    owes: profileOwes.partial(),
    budget: budgetLimits.partial(),
  })
  .partial();
export type ProfileOverrides = z.infer<typeof profileOverrides>;

/** What a run is carried out with, settled when it is created. `profile` is the name of the profile it began from. */
export const runSettings = z.strictObject({
  ...fields,
  profile: profileName,
  setup: commands,
  model: z.string().min(1).max(100).nullable(),
});
export type RunSettings = z.infer<typeof runSettings>;

/** Whether runs of a project wait for each other. */
export const queueMode = z.enum(['parallel', 'chain']);

/** A project's settings as they are said: what is left out is the profile's. */
export const projectSaid = profileOverrides.extend({
  /** Installs what the repository needs, in a fresh workspace and after every restore. */
  setup: commands.optional(),
  model: z.string().min(1).max(100).nullable().optional(),
  profile: profileName.optional(),
  /** `chain`: an approved plan starts when the project's run before it is delivered. */
  queue: queueMode.optional(),
  /** What its runs may use together before each of them asks. */
  projectBudget: projectBudget.optional(),
  /** How long it keeps what may go of runs that have ended. */
  retention: retention.optional(),
});
export type ProjectSaid = z.infer<typeof projectSaid>;
