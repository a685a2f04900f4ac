import {
  credentialMoves,
  credentialStateMeanings,
  planMoves,
  planStateMeanings,
  questionMoves,
  questionStateMeanings,
  runMoves,
  runStateMeanings,
  stepMoves,
  stepStateMeanings,
  type MoveTable,
} from '@lockstep/domain';

interface Machine {
  readonly title: string;
  readonly about: string;
  readonly moves: MoveTable<string>;
  readonly meanings: Readonly<Record<string, string>>;
}

const machines: readonly Machine[] = [
  {
    title: 'Plan version',
    about: 'An immutable version of a plan document.',
    moves: planMoves,
    meanings: planStateMeanings,
  },
  {
    title: 'Run',
    about: 'One execution of one approved plan version, on its own branch.',
    moves: runMoves,
    meanings: runStateMeanings,
  },
  { title: 'Step', about: 'One unit of a plan within a run.', moves: stepMoves, meanings: stepStateMeanings },
  { title: 'Question', about: 'What a run asks a person.', moves: questionMoves, meanings: questionStateMeanings },
  {
    title: 'Credential',
    about: 'What the provider says of a key at the moment, for all executors that use it (ADR 17).',
    moves: credentialMoves,
    meanings: credentialStateMeanings,
  },
];

const diagram = (moves: MoveTable<string>): string =>
  [
    '```mermaid',
    'stateDiagram-v2',
    ...Object.entries(moves).flatMap(([from, targets]) => targets.map((to) => `  ${from} --> ${to}`)),
    '```',
  ].join('\n');

const table = ({ moves, meanings }: Machine): string =>
  [
    '| state | means | may become |',
    '|---|---|---|',
    ...Object.entries(moves).map(
      ([state, targets]) =>
        `| \`${state}\` | ${meanings[state]} | ${targets.map((to) => `\`${to}\``).join(', ') || 'final'} |`,
    ),
  ].join('\n');

/** The tables of libs/domain/src/moves.ts, for people. */
export const stateMachinesDocument = (): string =>
  [
    '# State machines',
    'Made from the tables in `libs/domain/src/moves.ts`; every move in the database is a compare-and-set guarded by the same tables. Run `npm run docs:generate` after a change.',
    ...machines.map((machine) =>
      [`## ${machine.title}`, machine.about, table(machine), diagram(machine.moves)].join('\n\n'),
    ),
  ].join('\n\n');
