import type { PlanStep, PlanStepKind } from '@lockstep/contracts';
import { isDocumentPath } from './paths';

type Read = Pick<PlanStep, 'title' | 'tasks' | 'code' | 'tests' | 'files' | 'verification' | 'acceptance'>;

const titles = {
  document: /^(?:update |write |add |final )*(?:the )?(?:\w+ )?(?:documentation|docs|readme|changelog)\b/i,
  validate:
    /^(?:final|full|verify|validate|validation|verification|regression|smoke|acceptance|end-to-end check|run (?:the )?(?:full|all|whole))\b|\bvalidation\b|\bverification\b/i,
  setup:
    /^(?:project |initial |environment )*(?:set[ -]?up|scaffold\w*|bootstrap\w*|infrastructure|install\w*|environment|prepare|preparation|prerequisites|dependencies|configur\w*)\b/i,
};

const noTests = /\bno (?:new )?(?:unit )?tests? (?:are |is )?(?:needed|required|necessary)\b/i;
const writesTests = /\b(?:write|add|create|implement|extend)\b[^.]*\btests?\b/i;

/** What the step declares that it leaves behind; only that is owed. */
export const declared = (read: Read, heading: string, section: string): PlanStep['declares'] => {
  const { code, tests, files, tasks } = read;
  const asksForTests =
    tests.length > 0 ||
    files.some((file) => file.test) ||
    /\+\s*tests?\b/i.test(heading) ||
    tasks.some((task) => writesTests.test(task.text));
  return {
    code:
      code.some((block) => block.path !== null && !isDocumentPath(block.path)) ||
      files.some((file) => !file.test && !isDocumentPath(file.path)),
    tests: asksForTests && !noTests.test(section),
    documents: files.some((file) => isDocumentPath(file.path)),
  };
};

/** What kind of work the step is, from what it declares; its title only decides where that leaves it open. */
export const kindOf = (read: Read, key: string, declares: PlanStep['declares']): PlanStepKind => {
  const changes = declares.code || declares.tests;
  if (declares.documents && !changes) return 'document';
  if (titles.document.test(read.title) && !declares.tests) return 'document';
  if (titles.validate.test(read.title) && !declares.code) return 'validate';
  if ((key === '0' || titles.setup.test(read.title)) && !declares.tests) return 'setup';
  return 'implement';
};

const linesIn = (text: string): number => text.split('\n').length;

/** Minutes a person would take, very roughly: what is to be written, decided and looked at. */
export const estimate = (read: Read): number => {
  const written = [...read.code, ...read.tests].reduce((sum, block) => sum + linesIn(block.content), 0);
  return Math.round(3 * read.tasks.length + 3 * read.files.length + read.acceptance.length + written / 25);
};
