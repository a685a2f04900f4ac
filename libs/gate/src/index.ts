export type { NamedTest, Runner, TestStatus } from './report/report';
export { readReport, type TestReport } from './report/read-report';
export { checkExpected, outcomeOf, type ExpectedCheck, type ExpectedOutcome } from './verdict/expectations';
export { classify, type CommandFacts, type Judgement } from './verdict/classify';
export { fromPlan, type PlannedCommand } from './run/from-plan';
export { runVerification, verifyOnceMore } from './run/run-verification';
export type { Supervise, VerificationResult, VerificationSpec } from './run/verification';
export {
  checkArtifacts,
  type ArtifactCheck,
  type ArtifactCode,
  type ArtifactFacts,
  type ArtifactReason,
  type ChangedPath,
  type ChangeStatus,
  type Places,
  type StepDeclaration,
} from './checks/artifacts';
export {
  compareTests,
  needsContents,
  type ComparisonFacts,
  type EarlierReport,
  type FindingCode,
  type ReportedTests,
  type TestComparison,
  type TestFinding,
  type TreeChange,
} from './checks/compare-tests';
export { calledPackageScripts, isCalledScript, surelyTests } from './checks/called-scripts';
export { newFailuresOnly, type FailureFacts, type NewFailures } from './checks/new-failures';
export { matchesPath } from './checks/path-pattern';
export { isDocumentFile, isTestFile } from './checks/test-file';
export { isImpostor, isTestSetup } from './checks/test-setup';
export {
  decideGate,
  type GateDecision,
  type GateInput,
  type GateReason,
  type GateResult,
  type GateWarning,
  type ReasonCode,
  type ReviewFinding,
} from './decision/decide-gate';
export { gateFacts } from './decision/gate-facts';
export { verificationDigest, type Evidence } from './decision/digest';
export { failureReport } from './decision/failure-report';
