import { attestedRows } from './attested';
import { cheats } from './cheats';
import { goCheats, plantedPytestCheats, pytestCheats, roomCheats } from './cheats-of-runners';
import { honestGo, honestPytest, honestRows } from './honest';
import { honestWays } from './honest-ways';
import { runRows } from './run-rows';

/** No cheat completes a step, or its run where only a fresh checkout can tell; no honest agent is refused. */
runRows([
  { title: 'a cheating agent', rows: [...cheats, ...roomCheats] },
  { title: 'a cheating agent with pytest', needs: 'pytest', rows: [...pytestCheats, ...plantedPytestCheats] },
  { title: 'a cheating agent with go', needs: 'go', rows: goCheats },
  { title: 'an honest agent', rows: [...honestRows, ...honestWays] },
  { title: 'an honest agent with pytest', needs: 'pytest', rows: honestPytest },
  { title: 'an honest agent with go', needs: 'go', rows: honestGo },
  { title: 'a person, asked about a final validation', rows: attestedRows },
]);
