import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { planDocumentSchema } from '@lockstep/contracts';
import { editStep, explain, parsePlan, printPlan, stepOrder } from './index';

const folder = join(__dirname, '../fixtures');
const fixtures = readdirSync(folder)
  .filter((name) => name.endsWith('.md'))
  .map((name) => readFileSync(join(folder, name), 'utf8'));

const lines = fixtures.flatMap((text) => text.split(/(?<=\n)/));
const oddities = [
  '\u0000',
  '\uFEFF',
  '\r',
  '\r\n',
  '\t',
  '```\n',
  '~~~~\n',
  '> > > ',
  '[PLAN_STEP id="x" parent="y"]\n',
  '[/PLAN_STEP]\n',
  '[PLAN_STEP\n',
  '### Step 1: again\n',
  '<!--\n',
  '---\n',
  '| a | b |\n|---|---|\n',
  'Шаг 1: тест\n',
  '步骤 一\n',
  '\u202Eabc\n',
  '😀'.repeat(3),
  '\uD800',
  '**',
  '`'.repeat(7),
  '    - - - 1. * x\n',
  '# '.repeat(9),
  '\\[',
  '===\n',
];

/** A fixture cut, reordered, doubled and littered. */
const mutated = fc
  .record({
    base: fc.constantFrom(...fixtures),
    cut: fc.tuple(fc.nat(4000), fc.nat(4000)),
    swaps: fc.array(fc.tuple(fc.nat(200), fc.nat(200)), { maxLength: 8 }),
    litter: fc.array(fc.tuple(fc.nat(5000), fc.constantFrom(...oddities, ...lines)), { maxLength: 12 }),
    crlf: fc.boolean(),
  })
  .map(({ base, cut, swaps, litter, crlf }) => {
    const rows = base.split(/(?<=\n)/);
    for (const [a, b] of swaps) {
      const [from, to] = [a % rows.length, b % rows.length];
      [rows[from], rows[to]] = [rows[to] ?? '', rows[from] ?? ''];
    }
    let text = rows.join('').slice(Math.min(cut[0], base.length / 2), base.length - Math.min(cut[1], base.length / 3));
    for (const [at, piece] of litter)
      text = text.slice(0, at % (text.length + 1)) + piece + text.slice(at % (text.length + 1));
    return crlf ? text.replace(/\r?\n/g, '\r\n') : text;
  });

describe('reading and printing', () => {
  it('gives back every byte of anything, says where each problem is, and never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          { weight: 4, arbitrary: mutated },
          { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 400 }) },
        ),
        (text) => {
          const plan = parsePlan(text);
          expect(printPlan(plan)).toBe(text);
          expect(planDocumentSchema.parse(plan)).toEqual(plan);
          const last = text.split(/\r\n|\n|\r/).length;
          for (const each of plan.problems) expect(each.line).toBeLessThanOrEqual(last);
          expect(plan.steps.length > 0 || plan.problems.some((each) => each.severity === 'error')).toBe(true);
          expect(new Set(stepOrder(plan)).size).toBe(stepOrder(plan).length);
          expect(explain(plan)).toContain('read as');
        },
      ),
      { numRuns: 400 },
    );
  });

  it('changes only the bytes of the step that is edited', () => {
    fc.assert(
      fc.property(fc.constantFrom(...fixtures), fc.nat(20), fc.constantFrom('\n', '\r\n'), (text, pick, end) => {
        const source = text.replaceAll('\n', end);
        const plan = parsePlan(source);
        const step = plan.steps[pick % plan.steps.length];
        if (!step) throw new Error('every fixture has steps');
        const at = source.indexOf(step.section);
        const edited = editStep(plan, step.key, (section) =>
          section.replace(/\r?\n/, (line) => `${line}${line}A word.${line}`),
        );
        const length = edited.steps.find((each) => each.key === step.key)?.section.length ?? 0;
        expect(printPlan(edited)).toHaveLength(source.length + (length - step.section.length));
        expect(printPlan(edited).slice(0, at)).toBe(source.slice(0, at));
        expect(printPlan(edited).slice(at + length)).toBe(source.slice(at + step.section.length));
        const others = (all: typeof plan): string[] =>
          all.steps.filter((each) => each.key !== step.key).map((each) => each.hash);
        expect(others(edited)).toEqual(others(plan));
      }),
      { numRuns: 100 },
    );
  });

  it('changes nothing for a key that is not there', () => {
    const plan = parsePlan(fixtures[0] ?? '');
    expect(editStep(plan, 'nowhere', () => '')).toEqual(plan);
  });
});
