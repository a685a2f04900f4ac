import type { EventEnvelope, TestCounts } from '@lockstep/contracts';
import { dataOf, firstLine, stepOf, type RunView, type StepView } from './run-view';

const symbols: Readonly<Record<StepView['status'], string>> = {
  pending: '⏳',
  in_progress: '🔄',
  blocked: '⚠️ ',
  needs_review: '👀',
  completed: '✅',
  skipped: '⏭️ ',
};

/** Text of an agent or a plan could steer the terminal with control characters: each becomes a space. */
export const printable = (text: string): string =>
  text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, ' ');

/** The same for a text of several lines: their ends and tabs stay. */
export const printableLines = (text: string): string => text.replace(/[^\n\t]+/g, printable);

const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;

export const countsText = ({ passed, failed, skipped, total }: TestCounts): string =>
  [`${passed}/${total} tests passed`, failed > 0 ? `${failed} failed` : '', skipped > 0 ? `${skipped} skipped` : '']
    .filter(Boolean)
    .join(', ');

/** The list of steps, a line each, no line wider than `columns`. */
export function renderSteps(view: RunView, columns = 100): string[] {
  const widest = Math.max(...view.steps.map((step) => label(view, step).length), 0);
  return view.steps.map((step) => {
    const name = label(view, step).padEnd(Math.min(widest, 60));
    return `${symbols[step.status]} ${cut(`${name}  ${remark(step)}`.trimEnd(), columns - 4)}`;
  });
}

const label = ({ steps }: RunView, { key, title, parent }: StepView): string =>
  printable(`${'  '.repeat(depthOf(steps, parent))}${key}  ${title}`);

function depthOf(steps: readonly StepView[], parent: string | null): number {
  let depth = 0;
  for (let key = parent; key !== null && depth < 5; depth += 1)
    key = steps.find((step) => step.key === key)?.parent ?? null;
  return depth;
}

function remark({ status, attempt, note, tests }: StepView): string {
  const parts = [
    attempt > 1 ? `attempt ${attempt}` : '',
    status === 'in_progress' || status === 'blocked' ? printable(firstLine(note)) : '',
    tests && status !== 'pending' ? countsText(tests) : '',
  ];
  return parts.filter(Boolean).join(' · ');
}

/** An event in one line for people, for where no list can be redrawn; undefined for events that say nothing new to them. */
export function eventLine(view: RunView, event: EventEnvelope): string | undefined {
  const key = stepOf(event);
  const title = view.steps.find((step) => step.key === key)?.title ?? '';
  const text = ofStep(event, `${key} ${title}`.trim()) ?? ofRun(event);
  return text === undefined ? undefined : printable(text);
}

function ofStep(event: EventEnvelope, name: string): string | undefined {
  const started = dataOf(event, 'step.started');
  if (started) return `🔄 ${name}${started.attempt > 1 ? ` (attempt ${started.attempt})` : ''}`;
  const ended = dataOf(event, 'step.completed');
  if (ended) {
    const tests = ended.tests ? ` · ${countsText(ended.tests)}` : '';
    const commit = ended.commitSha ? ` · ${ended.commitSha.slice(0, 8)}` : '';
    return `${symbols[ended.status]} ${name}${tests}${commit} · ${(ended.durationMs / 1000).toFixed(1)} s`;
  }
  const progress = dataOf(event, 'implementation.progress');
  if (progress) return progress.message === '' ? undefined : `   ${firstLine(progress.message)}`;
  const finished = dataOf(event, 'verification.finished');
  if (!finished) return undefined;
  const tests = finished.tests ? `, ${countsText(finished.tests)}` : '';
  return `   $ ${firstLine(finished.command)} → ${finished.verdict ?? `exit ${finished.exitCode}`}${tests}`;
}

function ofRun(event: EventEnvelope): string | undefined {
  const status = dataOf(event, 'execution.status');
  if (status) return `▶ ${status.status}${status.reason ? `: ${firstLine(status.reason)}` : ''}`;
  const stage = dataOf(event, 'stage.changed');
  if (stage) return `▶ stage ${stage.to.number}: ${stage.to.name}`;
  const asked = dataOf(event, 'question.asked');
  if (asked) return `❓ ${firstLine(asked.text)}`;
  const answered = dataOf(event, 'question.answered');
  if (answered) return `💬 ${firstLine(answered.answer)} (${answered.by})`;
  const warning = dataOf(event, 'agent.warning');
  if (warning) return `   warning: ${warning.kind}: ${firstLine(warning.detail)}`;
  const lost = dataOf(event, 'attempt.lost');
  return lost && `   executor ${lost.executorId} was lost; another goes on`;
}
