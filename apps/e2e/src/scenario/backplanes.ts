const redisUrl = process.env['LOCKSTEP_TEST_REDIS_URL'];

/** The backplanes that scenarios run on here: Redis where the test run has a server. */
export const backplanes: readonly (readonly [string, { readonly redisUrl?: string }])[] = [
  ['Postgres', {}],
  ...(redisUrl ? ([['Redis', { redisUrl }]] as const) : []),
];
