import { Git } from '../git/git';
import { bytePath } from '../objects/paths';
import { makeRig, type Rig } from '../testing/rig';
import { IgnoreOracle, TreeMoved } from './ignore';

let rig: Rig;
beforeEach(async () => void (rig = await makeRig()));
afterEach(() => rig.dispose());

it('answers no question that comes after its process has ended, and says so', async () => {
  const { layout, tree } = await rig.open();
  const oracle = new IgnoreOracle({ git: new Git(rig.settings), gitDir: layout.repository, tree });
  const paths = ['a.log', 'a.ts'].map(bytePath);
  expect(await oracle.ask(paths)).toEqual(new Set(['a.log']));
  const child = oracle['child'];
  child?.kill('SIGKILL');
  await child;
  await expect(oracle.ask(paths)).rejects.toBeInstanceOf(TreeMoved);
  await oracle.close();
});
