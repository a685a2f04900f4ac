import { projectSettings, type Project } from '@lockstep/contracts';
import { budgetOf, startedText } from './command';
import { checkSameProject, fits, freeName, nameOf } from './project';

const project = (more: Partial<Project> = {}): Project => ({
  id: '00000000-0000-4000-8000-000000000001',
  teamId: '00000000-0000-4000-8000-000000000002',
  name: 'shop',
  repository: '/repos/shop',
  base: null,
  settings: projectSettings.parse({}),
  createdAt: '2030-01-01T00:00:00.000Z',
  ...more,
});
const wish = { repository: '/repos/shop', base: null, settings: {} };

describe('the project of a run', () => {
  it('is one that would carry it out exactly so', () => {
    expect(fits(project(), wish)).toBe(true);
    expect(fits(project(), { ...wish, settings: { setup: ['npm ci'] } })).toBe(false);
    expect(fits(project(), { ...wish, base: 'main' })).toBe(false);
    expect(fits(project({ repository: '/repos/other' }), wish)).toBe(false);
    expect(fits(project({ settings: projectSettings.parse({ verify: ['make test'] }) }), wish)).toBe(false);
  });

  it('of a run that comes after another one is that one’s, or the run is refused', () => {
    const before = project({ settings: projectSettings.parse({ setup: ['npm ci'] }) });
    const check = (more: object) => () => checkSameProject(before, { ...wish, ...more }, 'r-1');
    expect(check({})).not.toThrow();
    expect(check({ settings: { setup: ['npm ci'] } })).not.toThrow();
    expect(check({ settings: { setup: ['make'] } })).toThrow('Leave --setup');
    expect(check({ base: 'main' })).toThrow('Leave --base out');
    expect(check({ repository: '/repos/other' })).toThrow('r-1');
  });

  it.each([
    ['/repos/shop', 'shop'],
    ['/repos/shop.git/', 'shop'],
    ['https://example.com/team/shop.git', 'shop'],
    ['git@example.com:shop.git', 'shop'],
    ['/', 'project'],
  ])('of %s is named %s', (repository, name) => expect(nameOf(repository)).toBe(name));

  it('takes the next free name', () => {
    expect(freeName('shop', new Set())).toBe('shop');
    expect(freeName('shop', new Set(['shop', 'shop-2']))).toBe('shop-3');
  });
});

it('says when there was nothing to come after', () => {
  const run = { id: 'r', branch: 'b', afterRunId: null };
  expect(startedText(run, { after: 'last' })).toContain('begins at once');
  expect(startedText(run, {})).toBe('Run r on branch b\n');
  expect(startedText({ ...run, afterRunId: 'q' }, { after: 'last' })).toBe('Run r on branch b\n');
});

describe('the budget of a run', () => {
  const flags = { repo: '.' };
  it('goes with the plan, and only where it is said', () => {
    expect(budgetOf({ ...flags, maxCost: 20, maxTime: 7200 })).toEqual({
      settings: { budget: { costUsd: 20, seconds: 7200 } },
    });
    expect(budgetOf(flags)).toEqual({});
  });
});
