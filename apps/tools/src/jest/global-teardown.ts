import './global-setup';

export default async function globalTeardown(): Promise<void> {
  const services = globalThis.lockstepTestServices;
  await Promise.all([services?.stopPostgres(), services?.stopRedis?.()]);
  const redis = services?.stopRedis
    ? 'Redis'
    : 'not Redis (no redis-server on this machine: apt-get install redis-server)';
  process.stderr.write(`\nBackplanes that ran: Postgres, ${redis}\n`);
}
