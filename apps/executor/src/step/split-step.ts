import { appendRunEvents, closeAttempt, insertSubSteps, type StepRow } from '@lockstep/database';
import type { MarkerEventOf } from '@lockstep/markers';
import type { RunContext } from '../run/run-context';
import { warning } from '../session/turn-notes';

const maxParts = 20;

/**
 * Claude may split the step it is on: its blocks become sub-steps, each with its own turn, gate and commit. Blocks that name another
 * parent or a key that is taken are refused with a warning. False: nothing was split.
 */
export async function splitStep(
  context: RunContext,
  row: StepRow,
  rows: readonly StepRow[],
  parts: readonly MarkerEventOf<'plan_step'>[],
): Promise<boolean> {
  const taken = new Set(rows.map(({ key }) => key));
  const good = parts.filter(
    ({ id, parent }, index) =>
      parent === row.key && !taken.has(id) && parts.findIndex((other) => other.id === id) === index,
  );
  if (good.length < parts.length || good.length > maxParts) {
    await context.store.record(
      warning(
        'split_refused',
        `Of ${parts.length} sub-steps, ${good.length} could be a part of step ${row.key}; its parts need that parent and new ids, at most ${maxParts}.`,
      ),
    );
  }
  if (good.length === 0 || good.length > maxParts) return false;
  await context.store.write(async (tx) => {
    await closeAttempt(tx, context.run.id, 'interrupted', `split into ${good.map(({ id }) => id).join(', ')}`);
    await insertSubSteps(tx, {
      runId: context.run.id,
      parent: row.key,
      steps: good.map(({ id, title, body }) => ({
        key: id,
        title,
        section: body === '' ? title : `${title}\n\n${body}`,
      })),
    });
    await appendRunEvents(tx, context.run.id, [
      warning('step_split', `Step ${row.key} was split into ${good.map(({ id }) => id).join(', ')}.`),
    ]);
  });
  return true;
}
