import { Fault } from '@lockstep/contracts';
import { ProblemError } from '@lockstep/client';
import { errorText } from './report-error';

describe('an error as text', () => {
  it('says the detail and each problem with its line and column', () => {
    const problem = { line: 12, column: 3, code: 'no_verification', message: 'Step 2 has none.', hint: 'Add one.' };
    expect(errorText(new ProblemError(422, 'plan_invalid', 'The plan has errors.', [problem]))).toBe(
      'lockstep: The plan has errors.\n  12:3  no_verification  Step 2 has none. Add one.\n',
    );
  });

  it('names the place in a request where there is no line', () => {
    const fault = new Fault('invalid_body', 'No.', [{ pointer: '/base', message: 'is no name' }]);
    expect(errorText(fault)).toBe('lockstep: No.\n  /base  is no name\n');
  });

  it('lets no control character of a plan through', () => {
    const problem = { line: 1, message: 'bad \u001b[2J title' };
    expect(errorText(new ProblemError(422, 'plan_invalid', 'No.', [problem]))).not.toContain('\u001b');
    expect(errorText(new Fault('bad_request', 'a \u001b[2J\nb'))).toBe('lockstep: a  [2J\nb\n');
  });
});
