import { Client } from 'pg';
import { startEmbeddedPostgres } from './index';

describe('the embedded Postgres', () => {
  it('starts, gives out databases, and leaves no process behind', async () => {
    const server = await startEmbeddedPostgres();
    const url = await server.createDatabase('one');
    expect(await server.createDatabase('one')).toBe(url);
    const client = new Client({ connectionString: url });
    await client.connect();
    const { rows } = await client.query<{ name: string }>('SELECT current_database() AS name');
    expect(rows).toEqual([{ name: 'one' }]);
    await client.end();
    await server.stop();
    await server.stop();
    expect(() => process.kill(server.pid, 0)).toThrow('ESRCH');
  });
});
