export { renderResults, renderStepResults } from './document';
export type * from './facts';
