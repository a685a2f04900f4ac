export { brokenPromises, type Outcome } from './story/check';
