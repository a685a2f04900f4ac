import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { planDocumentSchema, type PlanDocument } from '@lockstep/contracts';
import { parsePlan, printPlan, stepOrder } from './index';

/** Real plans and the templates stand beside the repository on the machines that have them. */
const shared = join(__dirname, '../../../../shared');
const expected = join(__dirname, '../fixtures/corpus');

/** What a reader of the document would write down about it. */
const outline = (plan: PlanDocument): unknown => ({
  slug: plan.slug,
  dialect: plan.dialect,
  profile: plan.profile,
  counts: {
    deliverables: plan.deliverables.length,
    criteria: plan.criteria.length,
    checklist: plan.checklist.length,
    risks: plan.risks.length,
    doneLooksLike: plan.doneLooksLike.length,
  },
  baseline: plan.prerequisites.flatMap((each) => each.baseline.map((command) => command.command)),
  prerequisites: plan.prerequisites.map((each) => each.commands),
  affectedTests: plan.affectedTests,
  files: plan.files.map((file) => `${file.action} ${file.path}`),
  order: stepOrder(plan).map((step) => step.key),
  steps: plan.steps.map((step) => ({
    key: step.key,
    parent: step.parent,
    line: step.line,
    kind: step.kind,
    tasks: step.tasks.length,
    code: step.code.map((block) => `${block.action} ${block.path ?? '-'} ${block.line}`),
    tests: step.tests.map((block) => `${block.action} ${block.path ?? '-'} ${block.line}`),
    files: step.files.map((file) => file.path),
    verification: step.verification.map((each) => each.command),
  })),
});

const documents = [
  ['corpus/core-cli-counts-plan.md', 'core-cli-counts', {}],
  ['corpus/visual-poc2-implementation.md', 'visual-poc2', {}],
  ['seeds/002_088ecb1d1c827c9d.txt', 'template-older', {}],
  ['seeds/003_6d7c54b744ee492a.txt', 'template-newer', {}],
  ['seeds/004_b1006229a8a18aba.txt', 'marked', { projectVerify: true }],
] as const;

describe('documents beside the repository', () => {
  for (const [file, name, options] of documents) {
    const path = join(shared, file);
    const here = existsSync(path);
    (here ? it : it.skip)(
      `${file}${here ? '' : ' is not on this machine'}: no error, the tree as a reader sees it`,
      () => {
        const source = readFileSync(path, 'utf8');
        const plan = parsePlan(source, options);
        expect(plan.problems.filter((each) => each.severity === 'error')).toEqual([]);
        expect(outline(plan)).toEqual(JSON.parse(readFileSync(join(expected, `${name}.json`), 'utf8')));
        expect(printPlan(plan)).toBe(source);
        expect(planDocumentSchema.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
      },
    );
  }
});
