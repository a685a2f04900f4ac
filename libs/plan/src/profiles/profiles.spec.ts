import { Fault, profileName, profileOverrides, profileSchema, projectSaid, runSettings } from '@lockstep/contracts';
import {
  guidelinesOf,
  pathOf,
  profiles,
  readProfileName,
  readRunSettings,
  resolveProfile,
  stepFileName,
} from './index';

describe('the profiles', () => {
  it.each(profileName.options)('%s has every value, within the limits', (name) => {
    expect(profileSchema.safeParse(profiles[name]).error).toBeUndefined();
  });

  it('differ where their disciplines do', () => {
    const places = (name: 'feature' | 'poc' | 'staged') => profiles[name].places;
    expect(pathOf(places('feature').results, { slug: 'ledger' })).toBe('docs/ledger-results.md');
    expect(places('feature')).toMatchObject({ stepResults: null, state: null });
    expect(places('poc')).toMatchObject({
      state: 'PROJECT_STATE.md',
      stepTemplate: 'assets/templates/step-results.md',
    });
    expect(pathOf(places('poc').stepResults ?? '', { slug: 'poc1', step: '3a' })).toBe('docs/poc1-step3a-results.md');
    expect(profiles.staged.maxFixAttempts).toBe(3);
  });

  it.each([
    ['3a', 'step3a'],
    ['step-1', 'step-1'],
    ['4_1', 'step4_1'],
    ['phase 2/../x', 'step-phase-2-..-x'],
    ['../..', 'step--..'],
  ])('the key %s is %s in a file name', (key, name) => expect(stepFileName(key)).toBe(name));
});

describe('resolving a profile', () => {
  it('lets the project speak over the profile, and the plan over both', () => {
    const settled = resolveProfile(
      'poc',
      { setup: ['npm ci'], maxFixAttempts: 1, askLessons: true, places: { state: null } },
      { maxFixAttempts: 5, owes: { validate: [] }, places: { results: 'out/{slug}.md' } },
    );
    expect(settled).toMatchObject({
      profile: 'poc',
      setup: ['npm ci'],
      model: null,
      maxFixAttempts: 5,
      askLessons: true,
    });
    expect(settled.places).toEqual({ ...profiles.poc.places, state: null, results: 'out/{slug}.md' });
    expect(settled.owes).toEqual({ ...profiles.poc.owes, validate: [] });
    expect(runSettings.parse(settled)).toEqual(settled);
  });

  it('takes nothing away for what is left out', () => {
    expect(resolveProfile('feature', { verify: undefined, places: { state: undefined } })).toEqual(
      resolveProfile('feature', {}),
    );
  });

  it('gives a value that nobody can change', () => {
    const settled = resolveProfile('feature', {});
    expect(() => settled.guidelines.push('x')).toThrow(TypeError);
    expect(() => ((settled.places as { state: string | null }).state = 'x')).toThrow(TypeError);
  });

  it('reads what is stored with a run, settled or bare', () => {
    const settled = resolveProfile('staged', { cleanRoom: 'step' });
    expect(readRunSettings(JSON.parse(JSON.stringify(settled)))).toEqual(settled);
    expect(readRunSettings({ profile: 'poc', maxFixAttempts: 0 })).toEqual(
      resolveProfile('poc', { maxFixAttempts: 0 }),
    );
  });

  it('knows its names', () => {
    expect(readProfileName('poc')).toBe('poc');
    expect(() => readProfileName('spike')).toThrow(Fault);
  });
});

describe('what may be said', () => {
  it.each([
    ['an unknown key', { colour: 'red' }],
    ['an unknown place', { places: { colour: 'x' } }],
    ['an unknown kind', { owes: { dance: [] } }],
    ['a path outside the repository', { places: { results: '../x.md' } }],
    ['an absolute path', { places: { results: '/x.md' } }],
    ['a path in .git', { places: { state: '.git/config' } }],
    ['another placeholder', { places: { results: 'docs/{name}.md' } }],
    ['a backslash', { places: { results: 'docs\\x.md' } }],
    ['too many fix attempts', { maxFixAttempts: 21 }],
  ])('not %s', (_, said) => {
    expect(profileOverrides.safeParse(said).success).toBe(false);
    expect(projectSaid.safeParse(said).success).toBe(false);
  });

  it('nothing is filled in', () => expect(projectSaid.parse({})).toEqual({}));
});

describe('the guidelines of a prompt', () => {
  it('say where things go when the profile does', () => {
    const { guidelines, places } = profiles.poc;
    expect(guidelinesOf({ guidelines, places }, 'poc1')).toEqual([
      ...guidelines,
      expect.stringContaining('`PoC/stepN_*`'),
      expect.stringContaining('`tests/test_stepN_*`'),
    ]);
    expect(guidelinesOf(profiles.feature, 'x')).toEqual(profiles.feature.guidelines);
  });
});
