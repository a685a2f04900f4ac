import { readStep } from './blocks';
import { chooseBlocks } from './choose';

const section = [
  '**Tests** (create `a.test.js`):\n```\ntest\n```',
  '<!-- offline-model: attempt 1 -->\n**Code** (create `a.js`):\n```\nbad\n```',
  '<!-- offline-model: fix 1 -->\n**Code** (create `a.js`):\n```\ngood\n```',
].join('\n\n');

const texts = (attempt: number, fix: number, from = section): string[] =>
  chooseBlocks(readStep(from).blocks, { attempt, fix }).map(({ text, action }) => `${action} ${text.trim()}`);

describe('chooseBlocks', () => {
  it('takes the unmarked blocks and those of the attempt on a first turn', () => {
    expect(texts(1, 0)).toEqual(['create test', 'create bad']);
    expect(texts(2, 0)).toEqual(['create test']);
  });

  it('takes only the blocks of a fix on its turn', () => {
    expect(texts(2, 1)).toEqual(['create good']);
  });

  it('writes everything again on a fix turn that has no blocks, with what an earlier fix made of a file', () => {
    expect(texts(3, 2)).toEqual(['create test', 'create good']);
    expect(texts(2, 1, '**Code** (create `a.js`):\n```\nx\n```')).toEqual(['create x']);
  });

  it('adds the later pieces of one label to the first, and replaces no file by a fragment', () => {
    expect(texts(1, 0, '**Code** (create `a.js`):\n```\none\n```\nand\n```\ntwo\n```')).toEqual([
      'create one',
      'append two',
    ]);
    expect(texts(1, 0, '**Code** (update `a.js`):\n```\none\n```\nand\n```\ntwo\n```')).toEqual([
      'append one',
      'append two',
    ]);
  });
});
