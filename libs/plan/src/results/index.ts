export { renderResults } from './document';
export type * from './facts';
export { renderProjectState, type StatePlace } from './state';
export { renderStepResults } from './step-document';
