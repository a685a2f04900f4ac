import { code, fenced, inline, prose } from './escape';
import { cost, duration } from './words';

describe('escapes', () => {
  it.each([
    ['a_b and `c_d` | e', 'a_b and `c_d` \\| e'],
    ['__init__ and *x*', '\\_\\_init\\_\\_ and \\*x\\*'],
    ['- not a list', '\\- not a list'],
    ['12. not a list', '12\\. not a list'],
    ['two\nlines `one', 'two lines \\`one'],
  ])('inline %j', (text, wanted) => expect(inline(text)).toBe(wanted));

  it('keeps paragraphs and bullets of prose', () => {
    expect(prose('One.\nTwo.\n\n* a\n* b\n# no')).toBe('One.\nTwo.\n\n- a\n- b\n\n\\# no');
  });

  it('wraps code in more backticks than it has', () => {
    expect(code('a ` b')).toBe('``a ` b``');
    expect(code('`a`')).toBe('`` `a` ``');
    expect(fenced('``\0`\n', 'text')).toBe('````text\n```\n````');
    expect(fenced('```\nx\n````\n', 'bash')).toBe('`````bash\n```\nx\n````\n`````');
  });

  it.each([
    [0, '0 ms'],
    [59_999, '59.9 s'],
    [3_723_000, '1h 02m 03s'],
    [null, 'unknown'],
  ])('duration of %p', (ms, wanted) => expect(duration(ms)).toBe(wanted));

  it.each([
    [null, 'unknown'],
    [0.0123, '$0.0123'],
    [12, '$12.00'],
  ])('cost of %p', (usd, wanted) => expect(cost(usd)).toBe(wanted));
});
