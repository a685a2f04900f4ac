export { approveAmendment, checkAmendable, type AmendmentApproval, type AmendmentFacts } from './amendments';
export * from './blobs';
export { askAboutBudgets, crossedBudgets, projectUse } from './budgets';
export { openDatabase, type Database, type DatabaseOptions, type Transaction } from './connection';
export {
  askLeave,
  bindToCredential,
  credentialSalt,
  listCredentials,
  openCredential,
  pauseCredential,
  registerCredential,
  ringDueCredentials,
  waitForCredential,
  type CredentialUse,
  type Leave,
  type Pause,
} from './credentials';
export * from './driving';
export { appendRunEvents, maxEventPage, readEvents, readKeptEvents, storableText } from './events';
export { countFleet, executorGone, executorSeen, pruneExecutors, type Fleet, type SignOfLife } from './executors';
export { once, type StoredResponse } from './idempotency';
export {
  appendUnderLease,
  renewLease,
  sweepLeases,
  takeLease,
  writeUnderLease,
  type Claim,
  type Heartbeat,
  type Lease,
  type TakenRun,
} from './leases';
export {
  keepLessons,
  listLessons,
  recentLessons,
  type LearnedLesson,
  type LessonQuery,
  type NewLessons,
} from './lessons';
export { migrate, readMigrations } from './migrate';
export { pruneOutbox, relayBells, requeueForgotten, type Bell } from './outbox';
export { appendOutput, outputEnd, readOutput } from './output';
export {
  answerQuestions,
  cancelRun,
  decideStep,
  pauseRun,
  resumeRun,
  type Answer,
  type Effect,
  type Person,
} from './people';
export { approvePlan, rejectPlan, startRun, submitPlan, type NewPlan, type NewRun, type NewStep } from './plans';
export {
  databaseTime,
  findPlan,
  findRun,
  listQuestions,
  listRuns,
  listSteps,
  listTurns,
  readEpoch,
  toVerification,
  type Page,
} from './reading';
export * from './retention';
export { renewEpoch, type RenewedEpoch } from './restore';
export { findDiff, findResults, keepDiff, keepResults, listCriteria, maxDiffLength, type KeptResults } from './results';
export type { AttemptRow, QuestionRow, RunRow, StepRow } from './rows';
export {
  dropOldWork,
  keepSnapshot,
  keepTranscript,
  readSnapshots,
  readTranscript,
  stageWork,
  transcriptEnd,
  transcriptGain,
  type KeptSnapshot,
  type KeptTranscript,
  type TranscriptDelta,
  type TranscriptGain,
  type WorkSnapshot,
} from './snapshots';
export {
  authenticate,
  createProject,
  findProject,
  findProjectSaid,
  issueToken,
  listProjects,
  type Caller,
} from './teams';
export * from './turns';
export { issueTicket, redeemTicket, type TicketHolder } from './tickets';
export { readRunRecords, type RunRecords } from './records';
export { readVerifications, type VerificationRow } from './verifications';
