import type { Client } from '@lockstep/client';
import type { Question } from '@lockstep/contracts';
import { chooseOption, chooseQuestion, documentCommand } from './runs';
import { jsonLine, type Terminal } from '../terminal';

const question = (id: string, more: Partial<Question> = {}): Question => ({
  id,
  runId: 'r',
  stepKey: '1',
  category: 'blocker',
  status: 'open',
  text: 'Which?',
  options: [],
  answer: null,
  answeredBy: null,
  askedAt: '2030-01-01T00:00:00.000Z',
  answeredAt: null,
  ...more,
});

describe('the question that is answered', () => {
  it('is the only one, or the only one that stops the run', () => {
    const decision = question('b', { category: 'decision' });
    expect(chooseQuestion([question('a')], 'r').id).toBe('a');
    expect(chooseQuestion([decision], 'r').id).toBe('b');
    expect(chooseQuestion([decision, question('a')], 'r').id).toBe('a');
  });

  it('has to be named when several could be meant', () => {
    expect(() => chooseQuestion([question('a'), question('b')], 'r')).toThrow('--question: a, b');
    expect(chooseQuestion([question('a'), question('b')], 'r', 'b').id).toBe('b');
  });

  it('is left to the API when it is not open any more', () => {
    expect(chooseQuestion([], 'r', 'gone')).toEqual({ id: 'gone', options: [] });
    expect(() => chooseQuestion([], 'r')).toThrow('no open question');
  });
});

describe('an answer', () => {
  const lettered = { options: ['Option A: Half up', 'Option B: Half to even'] };
  it.each([
    ['2', 'Option B: Half to even'],
    ['option b: half to even', 'Option B: Half to even'],
    ['half to even', 'Option B: Half to even'],
    ['B', 'Option B: Half to even'],
    ['3', '3'],
    ['Neither: truncate', 'Neither: truncate'],
  ])('of %j is %j', (text, answer) => expect(chooseOption(lettered, text)).toBe(answer));

  it('may be a bare number where there are no options', () => {
    expect(chooseOption({ options: [] }, '2')).toBe('2');
  });
});

describe('a document of a run', () => {
  const print = async (outIsTty: boolean): Promise<string> => {
    let text = '';
    const client = { runs: { diff: async () => '+\ta\u001b[2J\r' } } as unknown as Client;
    const terminal = { out: (more: string) => void (text += more), outIsTty } as Terminal;
    await documentCommand(client, { document: 'diff', runId: 'r' }, {}, terminal);
    return text;
  };

  it('steers no terminal, and is what is stored elsewhere', async () => {
    expect(await print(true)).toBe('+\ta [2J \n');
    expect(await print(false)).toBe('+\ta\u001b[2J\r\n');
  });
});

describe('a line of JSON', () => {
  it('is one line for every reader, and steers no terminal', () => {
    const value = { text: 'a\u001b\u0085\u009b\u2028\u202e\u2066é' };
    expect(jsonLine(value)).toMatch(/^[\x20-\x7eé]+\n$/);
    expect(JSON.parse(jsonLine(value))).toEqual(value);
  });
});
