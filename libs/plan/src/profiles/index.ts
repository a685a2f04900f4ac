export { guidelinesOf, pathOf, stepFileName, type PlaceOf } from './places';
export { readProfileName, readRunSettings, resolveProfile } from './resolve';
export { profiles } from './table';
