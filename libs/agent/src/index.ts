export * from './conversation';
export * from './launch';
export { afterEnding, turnOutcomes, type AfterEnding, type RateLimit, type TurnOutcome } from './outcome';
export { startCredentialProxy, type CredentialProxy, type CredentialProxyOptions } from './proxy';
export { addTokens, noTokens, type AgentWarning, type TurnListener, type UsageDelta } from './stream';
export {
  isResumable,
  localTranscript,
  portableTranscript,
  readTranscriptFrom,
  restoreTranscript,
  transcriptPath,
  type TranscriptDelta,
} from './transcript';
