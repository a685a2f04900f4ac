export { LineSplitter } from './lines';
export { readLine, type AgentLine, type ResultLine } from './messages';
export { TurnReader, type AgentWarning, type ApiTrouble, type TurnListener } from './turn-reader';
export { addTokens, CostMeter, noTokens, type UsageDelta } from './usage';
