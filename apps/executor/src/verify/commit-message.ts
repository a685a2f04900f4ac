/** Who commits: Lockstep, not the agent. */
export const lockstepAuthor = { name: 'Lockstep', email: 'lockstep@localhost' } as const;

export interface StepCommit {
  readonly planId: string;
  readonly runId: string;
  readonly key: string;
  readonly round: number;
  readonly attempt: number;
  readonly title: string;
  readonly summary: string;
  /** `sha256:<hex>` over the evidence. */
  readonly verification: string;
}

const subjectOf = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, 72) || 'step';
/** A line that looks like a trailer of ours would be read as one. */
const bodyOf = (text: string): string =>
  text
    .trim()
    .replace(/^(Lockstep-)/gim, ' $1')
    .slice(0, 4000);

/** One commit per leaf step. Trailers name what it proves, so that a history can be checked without the database. */
export const stepMessage = (step: StepCommit): string =>
  paragraphs(subjectOf(`${step.key}: ${step.title}`), bodyOf(step.summary), [
    `Lockstep-Plan: ${step.planId}`,
    `Lockstep-Run: ${step.runId}`,
    `Lockstep-Step: ${step.key}`,
    `Lockstep-Round: ${step.round}`,
    `Lockstep-Attempt: ${step.attempt}`,
    `Lockstep-Verification: ${step.verification}`,
  ]);

export interface ClosingCommit {
  readonly planId: string;
  readonly runId: string;
  readonly title: string;
  /** Who had the branch delivered though the clean room's checks don't pass; null where they do. */
  readonly attestedBy: string | null;
  /** For each item of the criteria and the checklist that holds on somebody's word: on whose. */
  readonly items: readonly string[];
  readonly verification: string;
}

/** Names, in the closing commit, the persons on whose word items hold that nothing proves, or a branch was delivered that the clean room refused. */
export const attestedTrailer = 'Lockstep-Attested';
/** How many items hold on that word; only where the clean room did not refuse. */
export const attestedItemsTrailer = 'Lockstep-Attested-Items';

const oneLine = (text: string): string => text.replace(/\s+/g, ' ').trim().slice(0, 200);

/** The one commit after the steps: the clean room's verdict. It names no step. */
export const closingMessage = ({ planId, runId, title, attestedBy, items, verification }: ClosingCommit): string =>
  paragraphs(subjectOf(`Complete ${title}`), closingBody(attestedBy, items.length), [
    `Lockstep-Plan: ${planId}`,
    `Lockstep-Run: ${runId}`,
    `Lockstep-Verification: ${verification}`,
    ...(attestedBy === null ? itemTrailers(items) : [`${attestedTrailer}: ${oneLine(attestedBy)}`]),
  ]);

function closingBody(attestedBy: string | null, items: number): string {
  if (attestedBy !== null)
    return 'Every step is completed. A fresh checkout of the branch does not pass: it is delivered on a person’s word.';
  const what = items === 1 ? 'one item holds' : `${items} items hold`;
  const onWord = items === 0 ? '' : ` Of its success criteria and checklist, ${what} on a person’s word.`;
  return `Every step is completed, and a fresh checkout of the branch passes.${onWord}`;
}

const itemTrailers = (items: readonly string[]): string[] =>
  items.length === 0
    ? []
    : [`${attestedTrailer}: ${oneLine([...new Set(items)].join(', '))}`, `${attestedItemsTrailer}: ${items.length}`];

const paragraphs = (subject: string, body: string, trailers: readonly string[]): string =>
  `${[subject, body, trailers.join('\n')].filter((part) => part !== '').join('\n\n')}\n`;
