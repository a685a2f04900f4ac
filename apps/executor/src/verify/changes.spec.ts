import { setImmediate as breathe } from 'node:timers/promises';
import type { Capture, Workspace } from '@lockstep/workspace';
import { readChanges } from './changes';

it('reads few texts at a time, however many files a step changes', async () => {
  let underWay = 0;
  let most = 0;
  const readText = async (at: string, path: string): Promise<string> => {
    most = Math.max(most, (underWay += 1));
    await breathe();
    underWay -= 1;
    return `${path} at ${at}`;
  };
  const workspace = { readText, head: async () => 'head', links: async () => new Map() } as unknown as Workspace;
  const paths = Array.from({ length: 300 }, (_, index) => `src/${index}.spec.ts`);
  const changed = paths.map((path) => ({ path, status: 'modified' as const }));
  const changes = await readChanges(workspace, { changed, treeSha: 'tree' } as unknown as Capture);
  expect(changes.map(({ path }) => path)).toEqual(paths);
  expect(changes[299]).toMatchObject({ before: 'src/299.spec.ts at head', after: 'src/299.spec.ts at tree' });
  expect(most).toBeLessThanOrEqual(16);
});
