import type { RunRecords, VerificationRow } from '@lockstep/database';
import type { PersonsWord, ProofFacts, RanCommand } from '@lockstep/plan';
import type { RunContext } from '../run/run-context';
import { listed } from '../stage/open-items';

/** What the final validation came to, and what people said besides. */
export interface ProofRequest {
  /** The clean room's last run of each command on the tree that is judged. */
  readonly ran: readonly VerificationRow[];
  readonly digest: string;
  readonly paths: ReadonlySet<string>;
  /** By an item's text, as the question lists it. */
  readonly words: ReadonlyMap<string, PersonsWord>;
  /** Who had the run completed as it is; null where the final validation passed. */
  readonly attested: PersonsWord | null;
}

/** Everything by which the success criteria and the checklist are judged; before the final validation nothing is proved. */
export function proofFacts(
  { plan, settings }: Pick<RunContext, 'plan' | 'settings'>,
  rows: RunRecords,
  request: ProofRequest | null,
): ProofFacts {
  const { criteria, checklist } = plan.parsed;
  const given = [...criteria, ...checklist].flatMap(({ text }) => {
    const word = request?.words.get(listed(text));
    return word ? [[text, word] as const] : [];
  });
  return {
    rule: settings.criteria,
    final: request && {
      passed: request.attested === null,
      digest: request.digest,
      ran: request.ran.map(ranCommand),
      attested: request.attested,
    },
    steps: rows.steps.map((step) => ({
      key: step.key,
      isDone: step.status === 'completed',
      ran: lastGate(rows, step),
    })),
    paths: request?.paths ?? new Set(),
    words: new Map(given),
  };
}

/** What the gate of the step's last attempt ran, each command once. */
function lastGate({ attempts, verifications }: RunRecords, { key }: RunRecords['steps'][number]): RanCommand[] {
  const number = attempts.filter(({ stepKey }) => stepKey === key).at(-1)?.number;
  const rows = verifications.filter((row) => row.stepKey === key && row.attempt === number && row.purpose === 'step');
  return [...new Map(rows.map((row) => [row.command, ranCommand(row)])).values()];
}

interface Named {
  readonly names?: readonly { readonly name: string; readonly status: string }[];
}

const ranCommand = (row: VerificationRow): RanCommand => ({
  command: row.command,
  verdict: row.verdict,
  digest: `sha256:${row.outputSha256}`,
  tests:
    row.total === null
      ? null
      : { passed: row.passed ?? 0, failed: row.failed ?? 0, skipped: row.skipped ?? 0, total: row.total },
  passed: ((row.tests as Named | null)?.names ?? []).flatMap(({ name, status }) => (status === 'passed' ? [name] : [])),
});
