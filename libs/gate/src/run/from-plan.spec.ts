import { fromPlan } from './from-plan';

const command = (expect: string | null, outcome: 'pass' | 'fail' = 'pass') =>
  fromPlan({ command: 'npm test', expect, outcome, optional: false });

describe('fromPlan', () => {
  it('takes the plan’s reading, and an exit status from its clause', () => {
    expect(command(null)).toEqual({ script: 'npm test', expect: { kind: 'pass' }, expectTexts: [], optional: false });
    expect(command('FAIL with "x"', 'fail').expect).toEqual({ kind: 'fail' });
    expect(command('exit 1', 'fail').expect).toEqual({ kind: 'exit', code: 1 });
    expect(command('12 passed\n"done"').expectTexts).toEqual(['12 passed', '"done"']);
  });
});
