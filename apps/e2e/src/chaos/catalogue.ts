import type { Drill } from './drill';
import { agentDrills } from './drills/agent';
import { blockedDrills } from './drills/blocked';
import { clientDrills } from './drills/clients';
import { clockDrills } from './drills/clock';
import { diskDrills } from './drills/disk';
import { drainDrills } from './drills/drain';
import { executorDrills } from './drills/executors';
import { feedDrills } from './drills/feed';
import { peopleDrills } from './drills/people';
import { placeDrills } from './drills/places';
import { postgresDrills } from './drills/postgres';
import { queueDrills } from './drills/queue';
import { relayDrills } from './drills/relay';
import { windowDrills } from './drills/windows';

/** Every drill. The faults of one subject stand together in one file of `drills`. */
export const drills: readonly Drill[] = [
  ...executorDrills,
  ...windowDrills,
  ...relayDrills,
  ...queueDrills,
  ...feedDrills,
  ...clientDrills,
  ...postgresDrills,
  ...drainDrills,
  ...clockDrills,
  ...peopleDrills,
  ...placeDrills,
  ...diskDrills,
  ...agentDrills,
  ...blockedDrills,
];
