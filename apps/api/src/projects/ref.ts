import { Fault } from '@lockstep/contracts';

/**
 * Refuses what can't name a branch, tag or commit, before git ever sees it: git's own rules for names, and no leading dash, which
 * a command line would take for an option. `base_not_found` otherwise.
 */
export function checkRef(base: string | null | undefined): void {
  if (base === null || base === undefined) return;
  const shape = /^[\w][\w./@+#=,%-]*$/u;
  const forbidden = /\.\.|@\{|\/\/|\.$|\/$|\.lock$|(^|\/)\./;
  if (shape.test(base) && !forbidden.test(base)) return;
  const message = `${JSON.stringify(base)} can't be a branch, tag or commit. Name one that the repository has.`;
  throw new Fault('base_not_found', message, [{ pointer: '/base', message: 'is no name of a branch, tag or commit' }]);
}
