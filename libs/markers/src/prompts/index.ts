export {
  answersPrompt,
  fixPrompt,
  lessonsPrompt,
  openingPrompt,
  resumePrompt,
  reviewReturnedPrompt,
  stepPrompt,
} from './turns';
export { maxPromptBytes, promptBytes } from './text';
export type * from './types';
