import { checkArtifacts, type ArtifactFacts, type ChangedPath, type StepDeclaration } from './artifacts';

const file = (path: string, test = false, action: StepDeclaration['files'][number]['action'] = 'create') => ({
  path,
  test,
  action,
});
const step = (more: Partial<StepDeclaration> = {}): StepDeclaration => ({
  kind: 'implement',
  declares: { code: true, tests: true, documents: false },
  files: [file('src/cart.ts'), file('tests/test_[name]_*.py', true)],
  ...more,
});
const added = (...paths: string[]): ChangedPath[] => paths.map((path) => ({ path, status: 'added' }));

const facts = (more: Partial<ArtifactFacts> = {}): ArtifactFacts => ({
  step: step(),
  changed: added('src/cart.ts', 'tests/test_cart_total.py'),
  existing: ['docs/plan.md', 'docs/results.md', 'src/cart.ts', 'tests/test_cart_total.py'],
  planPath: 'docs/plan.md',
  resultsPath: 'docs/results.md',
  ...more,
});
const codes = (more: Partial<ArtifactFacts>): string[] => checkArtifacts(facts(more)).reasons.map((each) => each.code);

describe('checkArtifacts', () => {
  it('finds nothing where everything declared exists and changed', () => {
    expect(checkArtifacts(facts())).toEqual({ reasons: [], deviations: [] });
  });

  it('names what is missing', () => {
    const { reasons } = checkArtifacts(facts({ existing: ['src/cart.ts'], changed: added('src/cart.ts') }));
    expect(reasons).toEqual([expect.objectContaining({ code: 'tests_missing', evidence: 'tests/test_[name]_*.py' })]);
    expect(codes({ existing: [], changed: [] })).toEqual(['code_missing', 'tests_missing']);
  });

  it('wants tests written, not only code', () => {
    expect(codes({ changed: added('src/cart.ts') })).toEqual(['tests_unchanged']);
  });

  it('does not mind one declared file of several that needed no change', () => {
    const files = [file('src/cart.ts', false, 'update'), file('src/price.ts', false, 'update')];
    const existing = ['src/cart.ts', 'src/price.ts'];
    expect(
      codes({
        step: step({ files, declares: { code: true, tests: false, documents: false } }),
        existing,
        changed: added('src/cart.ts'),
      }),
    ).toEqual([]);
  });

  it('wants a test somewhere when the step declares one without a path', () => {
    const declared = step({ files: [file('src/cart.ts')] });
    expect(codes({ step: declared, changed: added('src/cart.ts') })).toEqual(['tests_unchanged']);
    expect(codes({ step: declared, changed: added('src/cart.ts', 'src/cart.test.ts') })).toEqual([]);
  });

  it('takes a deletion by its word', () => {
    const deleting = step({
      files: [file('src/old.ts', false, 'delete')],
      declares: { code: true, tests: false, documents: false },
    });
    expect(codes({ step: deleting, existing: ['src/old.ts'], changed: [] })).toEqual(['not_deleted']);
    expect(codes({ step: deleting, existing: [], changed: [{ path: 'src/old.ts', status: 'deleted' }] })).toEqual([]);
  });

  it('asks no change of a step that validates, and no new tests of one that documents', () => {
    expect(codes({ step: step({ kind: 'validate' }), changed: [] })).toEqual([]);
    const documenting = step({ kind: 'document', files: [file('README.md'), file('tests/test_[name]_*.py', true)] });
    expect(
      codes({ step: documenting, existing: ['README.md', 'tests/test_a_b.py'], changed: added('README.md') }),
    ).toEqual([]);
    expect(codes({ step: documenting, existing: ['README.md', 'tests/test_a_b.py'], changed: [] })).toEqual([
      'code_unchanged',
    ]);
  });

  it('refuses changes of the plan and of the results', () => {
    const changed = [...facts().changed, ...added('docs/plan.md', 'docs/results.md')];
    expect(codes({ changed })).toEqual(['plan_changed', 'results_changed']);
  });

  it('tells what was changed outside, and not what comes along', () => {
    const files = [file('package.json'), file('src/pkg/cart.py'), file('src/view.test.ts', true)];
    const changed = added(
      'package.json',
      'package-lock.json',
      'src/pkg/cart.py',
      'src/pkg/__init__.py',
      'src/view.test.ts',
      'src/__snapshots__/view.test.ts.snap',
      'src/other.ts',
    );
    const { deviations } = checkArtifacts(facts({ step: step({ files }), changed }));
    expect(deviations).toEqual(['src/other.ts']);
  });

  it('takes the profile’s places for inside, by the sort of file, also where nothing is declared', () => {
    const places = { code: 'PoC/step1_*', tests: 'tests/test_step1_*', documents: null };
    const nothing = step({ files: [], declares: { code: false, tests: false, documents: false } });
    const changed = added(
      'PoC/step1_sum.py',
      'PoC/step1_data/rows.csv',
      'tests/test_step1_sum.py',
      'notes.md',
      'src/sum.py',
      'PoC/step2_sum.py',
      'tests/test_sum.py',
    );
    const outside = ['src/sum.py', 'PoC/step2_sum.py', 'tests/test_sum.py'];
    expect(checkArtifacts(facts({ step: nothing, changed, places })).deviations).toEqual(outside);
    const declaring = step({ files: [file('src/sum.py')] });
    expect(checkArtifacts(facts({ step: declaring, changed, places })).deviations).toEqual([
      'notes.md',
      ...outside.slice(1),
    ]);
  });

  it('knows no outside of a step that declares nothing, unless it only validates', () => {
    const declares = { code: false, tests: false, documents: false };
    expect(checkArtifacts(facts({ step: step({ files: [], declares }) }))).toEqual({ reasons: [], deviations: [] });
    expect(
      checkArtifacts(facts({ step: step({ kind: 'validate', files: [], declares }), changed: added('src/x.ts') }))
        .deviations,
    ).toEqual(['src/x.ts']);
  });
});
