import type { QuestionRow } from './rows';

type Named = Pick<QuestionRow, 'id' | 'step_key' | 'category' | 'text'>;

/** What every event about a question says of it. */
export const questionData = ({ id, step_key, category, text }: Named) => ({
  questionId: id,
  ...(step_key === null ? {} : { stepId: step_key }),
  category,
  text,
});
