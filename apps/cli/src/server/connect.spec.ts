import { findServer } from './connect';
import type { DevServerEntry } from './registry';

const server = (port: number, more: Partial<DevServerEntry> = {}): DevServerEntry => ({
  pid: port,
  url: `http://127.0.0.1:${port}`,
  feedUrl: `ws://127.0.0.1:${port + 1}/v1/feed`,
  token: `token-${port}`,
  dataDir: '/data',
  startedAt: '2030-01-01T00:00:00.000Z',
  temporary: [],
  ...more,
});
const nothing = { url: undefined, feedUrl: undefined, token: undefined };

describe('the server that a command talks to', () => {
  it('is the first of the living ones when the environment says nothing', () => {
    expect(findServer(nothing, [server(5000), server(4600)])).toEqual({
      url: 'http://127.0.0.1:5000',
      token: 'token-5000',
      feedUrl: 'ws://127.0.0.1:5001/v1/feed',
    });
  });

  it('is the one of the environment, which wins in each part', () => {
    const config = { url: 'https://lockstep.example', feedUrl: 'wss://feed.example/v1/feed', token: 'mine' };
    expect(findServer(config, [server(4600)])).toEqual(config);
  });

  it('takes token and feed of the dev server at that URL, however it is written', () => {
    expect(findServer({ ...nothing, url: 'http://localhost:4600/' }, [server(5000), server(4600)])).toEqual({
      url: 'http://localhost:4600/',
      token: 'token-4600',
      feedUrl: 'ws://127.0.0.1:4601/v1/feed',
    });
  });

  it('takes no token of another server', () => {
    expect(() => findServer({ ...nothing, url: 'http://127.0.0.1:7000' }, [server(4600)])).toThrow('LOCKSTEP_TOKEN');
  });

  it('says how to get one when there is none', () => {
    expect(() => findServer(nothing, [])).toThrow('lockstep dev');
  });
});
