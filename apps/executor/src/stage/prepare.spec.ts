import { escapePattern } from './prepare';

it.each([
  ['src/a.ts', 'src/a.ts'],
  ['a [b]*?.ts', 'a\\ \\[b\\]\\*\\?.ts'],
  ['one\n*', 'one?\\*'],
  ['one\r\n!src', 'one??\\!src'],
])('what set-up created as %j is left out, and nothing else', (path, pattern) =>
  expect(escapePattern(path)).toBe(pattern),
);
