import type { BackplaneKind } from './drill';

/** A protection that is taken out, and the drill that must fail for it. */
export interface Sabotage {
  readonly about: string;
  readonly drill: string;
  readonly on: BackplaneKind;
  /** Armed in every service. The first is the protection; what else there is would heal its loss. */
  readonly failpoints: readonly string[];
}

export const sabotages: Readonly<Record<string, Sabotage>> = {
  fencing: {
    about: 'writes no longer ask for the fencing token',
    drill: 'freeze',
    on: 'postgres',
    failpoints: ['lease.fencing=skip'],
  },
  outbox: {
    about: 'a bell counts as rung before the queue has heard it (and nobody looks for forgotten runs)',
    drill: 'redis-killed',
    on: 'redis',
    failpoints: ['relay.until-heard=skip', 'sweeper.forgotten=skip'],
  },
  commit: {
    about: 'the next executor takes the branch as it finds it, instead of from the intent',
    drill: 'windows',
    on: 'postgres',
    failpoints: ['step.recovery=skip'],
  },
  'gap-filling': {
    about: 'a nudge says what to read, and not only when',
    drill: 'listeners-cut',
    on: 'redis',
    failpoints: ['feed.gap-filling=skip'],
  },
};
