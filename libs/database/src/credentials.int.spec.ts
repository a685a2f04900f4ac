import { randomBytes } from 'node:crypto';
import {
  credentialSalt,
  findRun,
  openCredential,
  pauseCredential,
  readEvents,
  registerCredential,
  requeueForgotten,
  ringDueCredentials,
  sweepLeases,
  takeLease,
} from './index';
import { seedRun, testDatabase, type Seeded, type TestDatabase } from './testing';

let test: TestDatabase;
beforeAll(async () => void (test = await testDatabase()));
afterAll(() => test.stop());

/** A credential of the test's own. */
async function credential(): Promise<string> {
  const fingerprint = randomBytes(16).toString('hex');
  await registerCredential(test.database, fingerprint, 'model.example');
  return fingerprint;
}

const claim = (fingerprint: string, { runId }: Seeded, more: object = {}) =>
  takeLease(test.database, {
    runId,
    executorId: 'executor-a',
    leaseMs: 10_000,
    stage: 'implementation',
    credential: { fingerprint, probeMs: 60_000 },
    ...more,
  });
const refuse = (fingerprint: string, runId: string, named: number | Date | null, firstMs = 1) =>
  test.database.transaction((tx) => pauseCredential(tx, fingerprint, { runId, limit: 'rate', named }, firstMs));
const bells = async ({ runId }: Seeded) =>
  test.database.prisma.outbox.count({ where: { payload: { path: ['runId'], equals: runId } } });
const row = (fingerprint: string) => test.database.prisma.credential.findUniqueOrThrow({ where: { fingerprint } });
/** The pause is over, without waiting for it. */
const letPass = (fingerprint: string) =>
  test.database.prisma.credential.update({ where: { fingerprint }, data: { resumeAt: new Date(0) } });
/** Queued runs whose first bells were rung long ago. */
async function seed(count: number): Promise<Seeded[]> {
  const seeded = await Promise.all(Array.from({ length: count }, () => seedRun(test.database)));
  await test.database.prisma.outbox.updateMany({ data: { sentAt: new Date(0) } });
  return seeded;
}

it('lets runs be taken while it is open, and is registered once', async () => {
  const fingerprint = await credential();
  await registerCredential(test.database, fingerprint, 'model.example');
  const [run] = await seed(1);
  expect(await claim(fingerprint, run!)).toMatchObject({ probes: false });
  expect(await row(fingerprint)).toMatchObject({ state: 'open', refusals: 0 });
  expect(await credentialSalt(test.database)).toMatch(/^[0-9a-f-]{36}$/);
});

it('pauses all of its runs and no other, and says which limit and until when', async () => {
  const [fingerprint, other] = [await credential(), await credential()];
  const [waits, goes] = await seed(2);
  await refuse(fingerprint, waits!.runId, 60_000);
  expect(await claim(fingerprint, waits!)).toBeNull();
  expect(await claim(fingerprint, waits!)).toBeNull();
  expect(await claim(other, goes!)).not.toBeNull();
  const run = await findRun(test.database, waits!.teamId, waits!.runId);
  expect(run).toMatchObject({ status: 'queued', waitReason: 'credential' });
  expect(run.reason).toContain('requests come too fast');
  expect(Date.parse(run.resumeAt!) - Date.now()).toBeGreaterThan(50_000);
  const told = (await readEvents(test.database, waits!.runId, 0)).filter(
    ({ data }) => data['action'] === 'credential_paused',
  );
  expect(told.map(({ data }) => [data['waitReason'], data['resumeAt']])).toEqual([['credential', run.resumeAt]]);
  expect(await ringDueCredentials(test.database, 10_000)).toEqual([]);
});

it('is tried by exactly one of many when the pause is over; its success lets the others go at once', async () => {
  const fingerprint = await credential();
  const runs = await seed(5);
  await refuse(fingerprint, runs[0]!.runId, 60_000);
  await Promise.all(runs.map((run) => claim(fingerprint, run)));
  await letPass(fingerprint);
  const due = await ringDueCredentials(test.database, 10_000);
  expect(due).toHaveLength(1);
  expect(await ringDueCredentials(test.database, 10_000)).toEqual([]);
  const taken = await Promise.all(runs.map((run) => claim(fingerprint, run)));
  const probes = taken.filter((each) => each !== null);
  expect(probes.map(({ probes: is }) => is)).toEqual([true]);
  const before = await Promise.all(runs.map(bells));
  const prober = probes[0]!.run.id;
  expect(await openCredential(test.database, fingerprint, runs.find(({ runId }) => runId !== prober)!.runId)).toBe(
    false,
  );
  expect(await openCredential(test.database, fingerprint, prober)).toBe(true);
  const rung = (await Promise.all(runs.map(bells))).map((count, index) => count - before[index]!);
  expect(rung).toEqual(runs.map(({ runId }) => (runId === prober ? 0 : 1)));
  const rest = await Promise.all(runs.map((run) => claim(fingerprint, run)));
  expect(rest.filter((each) => each !== null && !each.probes)).toHaveLength(4);
});

it('pauses longer when the probe is refused', async () => {
  const fingerprint = await credential();
  const [run] = await seed(1);
  await refuse(fingerprint, run!.runId, null);
  await letPass(fingerprint);
  await claim(fingerprint, run!);
  const pause = await refuse(fingerprint, run!.runId, null, 30_000);
  expect(await row(fingerprint)).toMatchObject({ state: 'paused', refusals: 2, probeRunId: null });
  expect(pause.resumeAt!.getTime() - Date.now()).toBeGreaterThan(50_000);
});

it('is tried by another run when the first one’s executor has died', async () => {
  const fingerprint = await credential();
  const [dies, goes] = await seed(2);
  await refuse(fingerprint, dies!.runId, 60_000);
  await claim(fingerprint, goes!);
  await letPass(fingerprint);
  expect(await claim(fingerprint, dies!)).toMatchObject({ probes: true });
  expect(await claim(fingerprint, goes!)).toBeNull();
  expect(await ringDueCredentials(test.database, 10_000)).toEqual([]);
  await test.database.prisma.run.update({ where: { id: dies!.runId }, data: { leaseExpiresAt: new Date(0) } });
  expect(await sweepLeases(test.database)).toContain(dies!.runId);
  expect(await ringDueCredentials(test.database, 10_000)).toEqual([goes!.runId]);
  expect(await claim(fingerprint, goes!)).toMatchObject({ probes: true });
});

it('and by another one when the probe takes too long', async () => {
  const fingerprint = await credential();
  const [slow, goes] = await seed(2);
  await refuse(fingerprint, slow!.runId, null);
  await letPass(fingerprint);
  await claim(fingerprint, slow!, { credential: { fingerprint, probeMs: 0 } });
  expect(await claim(fingerprint, goes!)).toMatchObject({ probes: true });
});

it('rings again for runs of an open credential that nobody announced, and for none of a paused one', async () => {
  const fingerprint = await credential();
  const [run] = await seed(1);
  await refuse(fingerprint, run!.runId, 60_000);
  await claim(fingerprint, run!);
  await test.database.prisma.outbox.updateMany({ data: { sentAt: new Date(0) } });
  expect(await requeueForgotten(test.database, 1)).not.toContain(run!.runId);
  await test.database.prisma.credential.update({
    where: { fingerprint },
    data: { state: 'open', limitedBy: null, resumeAt: null, refusals: 0 },
  });
  expect(await requeueForgotten(test.database, 1)).toContain(run!.runId);
});

it('rings for a run that waits for a credential without naming one, when its time has come', async () => {
  const [run] = await seed(1);
  const waits = (resumeAt: Date) =>
    test.database.prisma.run.update({ where: { id: run!.runId }, data: { waitReason: 'credential', resumeAt } });
  await waits(new Date(Date.now() + 3_600_000));
  expect(await requeueForgotten(test.database, 1)).not.toContain(run!.runId);
  await waits(new Date(0));
  expect(await requeueForgotten(test.database, 1)).toContain(run!.runId);
  expect(await claim(await credential(), run!)).not.toBeNull();
});

it('lets its runs go on with the key that replaces it', async () => {
  const old = await credential();
  const [run] = await seed(1);
  await refuse(old, run!.runId, 3_600_000);
  await claim(old, run!);
  const before = await bells(run!);
  const fresh = await credential();
  expect(await bells(run!)).toBe(before + 1);
  expect(await claim(fresh, run!)).toMatchObject({ probes: false });
});

it('no bell is lost between a run that begins to wait and the credential that opens', async () => {
  const fingerprint = await credential();
  const [prober, ...runs] = await seed(9);
  await refuse(fingerprint, prober!.runId, null);
  await letPass(fingerprint);
  await claim(fingerprint, prober!);
  const before = await Promise.all(runs.map(bells));
  const [taken] = await Promise.all([
    Promise.all(runs.map((run) => claim(fingerprint, run))),
    openCredential(test.database, fingerprint, prober!.runId),
  ]);
  const after = await Promise.all(runs.map(bells));
  const settled = runs.map((_, index) => taken[index] !== null || after[index]! > before[index]!);
  expect(settled).toEqual(runs.map(() => true));
});
