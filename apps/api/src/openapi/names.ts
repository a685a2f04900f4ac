import {
  answers,
  attempt,
  createProject,
  eventEnvelope,
  outputChunk,
  plan,
  planDocumentSchema,
  planProblemSchema,
  planStepSchema,
  problem,
  project,
  projectSettings,
  question,
  rejectPlan,
  run,
  startRun,
  step,
  submitPlan,
  turn,
  verification,
} from '@lockstep/contracts';
import type { z } from 'zod';
import { answered, approval, liveness, readiness, ticket } from '../http/schemas';
import { eventList, outputList, projectList, questionList, runList, stepList, turnList } from '../http/schemas';

/** The names by which generated clients know the shapes: stable, since they become type names. */
export const resourceNames: ReadonlyMap<z.ZodType, string> = new Map<z.ZodType, string>([
  [problem, 'Problem'],
  [project, 'Project'],
  [projectSettings, 'ProjectSettings'],
  [plan, 'Plan'],
  [planDocumentSchema, 'PlanDocument'],
  [planStepSchema, 'PlanStep'],
  [planProblemSchema, 'PlanProblem'],
  [run, 'Run'],
  [step, 'Step'],
  [attempt, 'Attempt'],
  [verification, 'Verification'],
  [question, 'Question'],
  [turn, 'Turn'],
  [eventEnvelope, 'Event'],
  [outputChunk, 'OutputChunk'],
  [approval, 'Approval'],
  [answered, 'Answered'],
  [ticket, 'FeedTicket'],
  [liveness, 'Liveness'],
  [readiness, 'Readiness'],
  [projectList, 'ProjectList'],
  [runList, 'RunList'],
  [stepList, 'StepList'],
  [eventList, 'EventList'],
  [outputList, 'OutputList'],
  [turnList, 'TurnList'],
  [questionList, 'QuestionList'],
]);

export const bodyNames: ReadonlyMap<z.ZodType, string> = new Map<z.ZodType, string>([
  [createProject, 'CreateProject'],
  [submitPlan, 'SubmitPlan'],
  [rejectPlan, 'RejectPlan'],
  [startRun, 'StartRun'],
  [answers, 'Answers'],
]);
