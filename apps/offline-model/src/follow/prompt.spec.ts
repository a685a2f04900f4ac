import { filePrompt, stepPrompt } from '../testing/prompts';
import { readFollowPrompt } from './prompt';

describe('readFollowPrompt', () => {
  it('takes the section of the step in the header, with the fences in it', () => {
    const section = '### Step 3a\n````md\n```js\nx\n```\n````';
    const read = readFollowPrompt(stepPrompt(section, { step: '3a', kind: 'fix', attempt: 2, fix: 1 }));
    expect(read).toEqual({
      header: { kind: 'fix', step: '3a', attempt: 2, fix: 1 },
      source: { section: `${section}\n` },
    });
  });

  it('does not take a step tag that stands in the quoted plan', () => {
    const quoted = '<plan>\n```````markdown\nIntro\n<step key="1">\nnot this\n</step>\n```````\n</plan>\n\n';
    const prompt = stepPrompt('this').replace('Carry out', `${quoted}Carry out`);
    expect(readFollowPrompt(prompt)?.source).toEqual({ section: 'this\n' });
  });

  it('accepts the fence around the step lines too', () => {
    const prompt = '[LOCKSTEP_TURN kind="step" step="1" attempt="1"]\n\n````\n<step key="1">\ntext\n</step>\n````';
    expect(readFollowPrompt(prompt)?.source).toEqual({ section: 'text' });
  });

  it('names the file where the step stands in one', () => {
    expect(readFollowPrompt(filePrompt('/somewhere/step.md'))?.source).toEqual({ file: '/somewhere/step.md' });
  });

  it.each([
    ['<answer>\nHalf up\n</answer>'],
    ['<answer>\n```text\nHalf up\n```\n</answer>'],
    ['The question was:\n\n```text\nWhich?\n```\n\nThe answer of `ann`:\n\n```text\nHalf up\n```'],
  ])('finds the answer in %j', (after) => {
    expect(readFollowPrompt(stepPrompt('x', { kind: 'answer', after }))?.answer).toBe('Half up');
  });

  it('is undefined for a prompt without the header', () => {
    expect(readFollowPrompt('Hello')).toBeUndefined();
  });
});
