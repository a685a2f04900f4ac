import { readConversation } from '../messages/conversation';
import { type Message } from '../messages/request';
import { playScript, turnFor } from './play';
import { readScript } from './read';

const turnLine = (step: string, kind = 'step', fix = 0): string =>
  `[LOCKSTEP_TURN kind="${kind}" step="${step}" attempt="1" fix="${fix}"]\nGo.`;

const user = (text: string): Message => ({ role: 'user', content: [{ type: 'text', text }] });
const toolRound = (id: string): Message[] => [
  { role: 'assistant', content: [{ type: 'tool_use', id, name: 'Bash', input: {} }] },
  { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: 'ok' }] },
];
const conversation = (...messages: Message[]) => readConversation({ model: 'm', messages });

describe('turnFor', () => {
  const script = readScript({
    turns: [
      { blocks: [{ text: 'first' }] },
      { match: { step: '2', kind: 'fix', fix: 1 }, blocks: [{ text: 'fix of 2' }] },
      { match: { contains: 'always' }, blocks: [{ text: 'always' }], repeat: true },
      { blocks: [{ text: 'rest' }], repeat: true },
    ],
  });

  it('gives turns without a match in order, and a repeating one for all that is left', () => {
    expect([1, 2, 3].map((count) => turnFor(script, Array<string>(count).fill('a')))).toEqual([0, 3, 3]);
  });

  it('prefers a match, and does not count it as a turn in order', () => {
    expect(turnFor(script, ['a', turnLine('2', 'fix', 1)])).toBe(1);
    expect(turnFor(script, [turnLine('2', 'fix', 1), 'a'])).toBe(0);
    expect(turnFor(script, [turnLine('2', 'fix', 2)])).toBe(0);
    expect(turnFor(script, ['always', 'always'])).toBe(2);
  });

  it('uses a match that does not repeat once', () => {
    expect(turnFor(readScript({ turns: [{ match: { contains: 'a' }, blocks: [] }] }), ['a', 'a'])).toBeUndefined();
  });
});

describe('playScript', () => {
  const script = readScript({
    turns: [
      {
        blocks: [{ text: 'one' }, { tool: 'Bash', input: { command: 'ls' } }, { delayMs: 1 }, { text: 'two' }],
        stopReason: 'max_tokens',
      },
    ],
  });

  it('goes on after each tool result, by what the messages hold', () => {
    expect(playScript(script, conversation(user('a')))).toEqual({
      acts: [{ text: 'one' }, { tool: 'Bash', input: { command: 'ls' } }],
      stopReason: undefined,
      note: 'turn 0 response 0',
    });
    expect(playScript(script, conversation(user('a'), ...toolRound('t1')))).toEqual({
      acts: [{ delayMs: 1 }, { text: 'two' }],
      stopReason: 'max_tokens',
      note: 'turn 0 response 1',
    });
  });

  it('answers the result of a tool that ends a turn', () => {
    const ending = readScript({ turns: [{ blocks: [{ tool: 'Bash' }] }] });
    expect(playScript(ending, conversation(user('a'), ...toolRound('t1'))).acts).toEqual([{ text: 'Done.' }]);
  });

  it('says so when it has no turn', () => {
    expect(playScript(readScript({ turns: [] }), conversation(user('a'))).note).toBe('unscripted');
  });

  it('counts two prompts that were joined into one message, and none that the agent put in itself', () => {
    const joined: Message = {
      role: 'user',
      content: ['<system-reminder>x</system-reminder>', 'a', 'b'].map((text) => ({ type: 'text', text })),
    };
    const nudge = user('[Your previous response had no visible output. Please continue.]');
    expect(conversation(joined, nudge).prompts).toEqual(['a', 'b']);
  });
});

describe('readScript', () => {
  it.each([
    [{ turns: [{ blocks: [{ fault: '429', time: 1 }] }] }, 'turns[0].blocks[0]: Unrecognized key: "time"'],
    [{ turns: [{ blocks: [{ fault: '418' }] }] }, 'turns[0].blocks[0].fault'],
    [{ turns: [{ blocks: [{ say: 'x' }] }] }, 'turns[0].blocks[0]: A block has one of the keys'],
    [{ turns: [{}] }, 'turns[0].blocks'],
    [{ turn: [] }, 'turns'],
    [[], 'the script'],
  ])('refuses %j and names the place', (script, place) => {
    expect(() => readScript(script, 'demo.json')).toThrow(
      expect.objectContaining({ code: 'config_invalid', message: expect.stringContaining(place) }),
    );
  });
});
