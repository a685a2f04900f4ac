import { onlyInstalls } from '../installations';
import { pathsIn } from './paths';
import { callsChecks, inlineCommands, inlineExpectation, outcomeOf, scriptOf } from './scripts';

const pieces = [
  ' ',
  '\t',
  '\n',
  'exit ',
  'error ',
  'expected: ',
  '(expected: x',
  '# ',
  ':1',
  ')',
  'npm ',
  'npm run ',
  ' - ',
  '&& ',
];

it.each(pieces)('long lines are read in time that their length allows: %j', (piece) => {
  const long = piece.repeat(40_000);
  const started = performance.now();
  for (const text of [long, `exit${long}x`, `errors${long}x`, `npm ci ${long}x`, `make x (expected: ${long}) y`]) {
    callsChecks(text);
    inlineCommands(text, true);
    inlineExpectation(text);
    outcomeOf(text);
    onlyInstalls(text);
    pathsIn(text, true);
    scriptOf(`make x\n# ${text}\n# Expected: ${text}`);
  }
  expect(performance.now() - started).toBeLessThan(2000);
});

it.each([
  ['`npm test` (expected: 3 (three) pass)', null],
  ['`npm test` (expected: 3 pass)', '3 pass'],
  ['`npm test` (twice), expected: ok (all of it)', 'ok (all of it'],
  ['`npm test` — Expected: PASS ', 'PASS'],
  ['expected:', null],
])('what is expected by %j is %j', (text, expected) => expect(inlineExpectation(text)).toBe(expected));
