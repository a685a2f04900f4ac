import { readConversation } from './conversation';

const at = (...texts: string[]) =>
  readConversation({
    model: 'm',
    messages: texts.map((content) => ({ role: 'system', content })),
  } as unknown as Parameters<typeof readConversation>[0]).cwd;

describe('the working directory of a conversation', () => {
  it('is the one that the agent names', () => {
    expect(at('# Environment\n - Primary working directory: /a/tree\n - Is a git repository: true')).toBe('/a/tree');
  });

  it('is the new one after the session was resumed elsewhere', () => {
    const update = '# Environment update\n - Primary working directory: /b/tree (was /a/tree)';
    expect(at(' - Primary working directory: /a/tree', update)).toBe('/b/tree');
  });

  it('is unknown when nobody names one', () => expect(at('hello')).toBeUndefined());
});
