import type { Profile } from '@lockstep/contracts';

export interface PlaceOf {
  /** The plan's slug. */
  readonly slug: string;
  /** A step's key. */
  readonly step?: string;
}

/** A key as a file name has it: `step3a` for a bare number or letter-number, the key itself where it says `step` already. */
export const stepFileName = (key: string): string => {
  const safe = key.replace(/[^\w.-]+/g, '-').replace(/^\.+/, '') || 'x';
  return /^step/i.test(safe) ? safe : `step${/^\d/.test(safe) ? '' : '-'}${safe}`;
};

/** A template of `places` as a path. */
export const pathOf = (template: string, { slug, step }: PlaceOf): string =>
  template.replaceAll('{slug}', slug || 'plan').replaceAll('{step}', stepFileName(step ?? ''));

/** The guidelines of a prompt: the profile's sentences, and where things go. */
export function guidelinesOf({ guidelines, places }: Pick<Profile, 'guidelines' | 'places'>, slug: string): string[] {
  const said = (what: string, template: string | null): string[] =>
    template === null
      ? []
      : [
          `${what}, where the plan says nothing else: \`${template.replaceAll('{slug}', slug || 'plan').replaceAll('{step}', 'stepN')}\`, with the step's own key for \`N\` and a description for \`*\`.`,
        ];
  return [
    ...guidelines,
    ...said('Code goes here', places.code),
    ...said('Tests go here', places.tests),
    ...(places.stepResults === null ? said('Documents go here', places.documents) : []),
  ];
}
