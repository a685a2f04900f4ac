export { planOf, seedRun, stepsOf, type Seeded } from './factories';
export { testDatabase, type TestDatabase } from './test-database';
