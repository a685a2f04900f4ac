import { withCorrelation } from './correlation';
import { createLogger } from './logger';
import { scrub } from './scrub';

const collect = () => {
  const lines: Record<string, unknown>[] = [];
  return { lines, write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
};

describe('the logger', () => {
  it('writes one object a line with service, level and correlation ids', async () => {
    const out = collect();
    const logger = createLogger({ service: 'api', destination: out });
    await withCorrelation({ requestId: 'q' }, () =>
      withCorrelation({ runId: 'r' }, async () => logger.info({ step: 1 }, 'hello')),
    );
    logger.debug('not written');
    expect(out.lines).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/Z$/),
        service: 'api',
        requestId: 'q',
        runId: 'r',
        step: 1,
        msg: 'hello',
      },
    ]);
  });

  it('hides secrets by key, by look and by value, at any depth', () => {
    const out = collect();
    const logger = createLogger({ service: 'api', secrets: ['a-known-value'], destination: out });
    logger.info(
      {
        headers: { authorization: 'Basic x"y' },
        deep: { er: { apiKey: 'k1', accessToken: 'k2' } },
        err: new Error('no way with Bearer abcdef123 to redis://u:pw@host and sk-ant-api03-xyz'),
      },
      'a-known-value was given',
    );
    const text = JSON.stringify(out.lines);
    for (const secret of ['x\\"y', 'k1', 'k2', 'abcdef123', ':pw@', 'api03', 'a-known-value'])
      expect(text).not.toContain(secret);
    expect(text).toContain('redis://u:[hidden]@host');
  });

  it('leaves ordinary words alone', () => {
    const line = '{"tokens":12,"url":"http://127.0.0.1:4600/x","msg":"the token is fine","fencingToken":7}';
    expect(scrub(line, ['12'])).toBe(line);
  });
});
