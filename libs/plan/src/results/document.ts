import { cell, code, codeCell, inline, prose } from './escape';
import type { PrerequisiteFacts, ResultsFacts, StepFacts } from './facts';
import { blocks, bullets, criteriaBlock, lessonLine, names, questionBlock, table, verificationBlocks } from './parts';
import { stepBlock } from './step';
import {
  allSteps,
  attempts,
  cost,
  count,
  duration,
  leaves,
  runWord,
  stepMarks,
  stepName,
  sumTests,
  tests,
  unknown,
} from './words';

function stepCounts(steps: readonly StepFacts[]): string {
  const all = leaves(steps);
  const done = all.filter((step) => step.status === 'completed');
  const before = done.filter((step) => step.beforeRun).length;
  const skipped = all.filter((step) => step.status === 'skipped').length;
  const notes = [before > 0 ? `${before} before the run` : '', skipped > 0 ? `${skipped} skipped` : ''].filter(Boolean);
  return `${done.length} of ${all.length} completed${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`;
}

function summary({ plan, run, steps, totals }: ResultsFacts): string {
  const rows: [string, string | null | undefined][] = [
    ['Status', runWord(run.status)],
    ['Waiting For', run.waitReason],
    ['Reason', run.reason && cell(run.reason)],
    ['Started', run.startedAt ? cell(run.startedAt) : 'not yet'],
    ['Completed', run.completedAt ? cell(run.completedAt) : 'not yet'],
    ['Proves', plan.proves ? cell(plan.proves) : 'not stated in the plan'],
    ['Production-Grade Because', plan.productionGradeBecause && cell(plan.productionGradeBecause)],
    ['Plan', `${plan.document ? `${codeCell(plan.document)}, ` : ''}version ${plan.version}`],
    ['Profile', plan.profile && cell(plan.profile)],
    ['Run', codeCell(run.id)],
    ['Branch', `${codeCell(run.branch)}${run.base ? ` from ${codeCell(run.base)}` : ''}`],
    ['Steps', stepCounts(steps)],
    [
      'Totals',
      `${duration(totals.durationMs)}, cost ${cost(totals.costUsd, totals.costIsPartial)}, ${attempts(totals)}`,
    ],
  ];
  const shown = rows.filter((row): row is [string, string] => Boolean(row[1]));
  return table(
    ['Attribute', 'Value'],
    shown.map(([name, value]) => [`**${name}**`, value]),
  );
}

const prerequisiteMarks = { pending: '⏳', passed: '✅', failed: '⚠️' } as const;

const prerequisiteBlock = (item: PrerequisiteFacts): string =>
  blocks(
    `${prerequisiteMarks[item.state]} **${inline(item.title)}**${item.why ? `: ${inline(item.why)}` : ''}`,
    verificationBlocks(item.verifications),
  );

function prerequisites({ prerequisites: items, baseline }: ResultsFacts): string {
  const before = baseline?.failing ?? [];
  return blocks(
    ...(items.length > 0 ? items.map(prerequisiteBlock) : ['The plan names no prerequisites.']),
    baseline ? '**Baseline**, before the first step:' : '**Baseline**: not taken yet',
    baseline && verificationBlocks(baseline.verifications),
    before.length > 0 && `Failing already, and counted against no step:\n\n${bullets(names(before))}`,
  );
}

function overview(steps: readonly StepFacts[]): string {
  const rows = allSteps(steps).map((step) => {
    const figures = sumTests(step.verifications.map((item) => item.tests));
    const commit = step.commit ? codeCell(step.commit.slice(0, 12)) : '—';
    const tried = step.attempts.length > 0 ? String(step.attempts.length) : '—';
    return [
      stepMarks[step.status],
      cell(stepName(step.key)),
      cell(step.title),
      tried,
      figures ? tests(figures) : '—',
      commit,
    ];
  });
  return table(['', 'Step', 'Title', 'Attempts', 'Tests', 'Commit'], rows);
}

function progress({ steps }: ResultsFacts): string {
  if (steps.length === 0) return 'The plan has no steps.';
  return blocks(overview(steps), ...steps.map((step) => stepBlock(step, 3)));
}

function finalValidation({ finalValidation: facts }: ResultsFacts): string {
  if (!facts || facts.state === 'pending') return '⏳ Not run yet.';
  const total = sumTests(facts.verifications.map((item) => item.tests));
  const where = facts.commit ? ` of commit ${code(facts.commit)}` : '';
  return blocks(
    `${facts.state === 'passed' ? '✅ Passed' : '⚠️ Failed'} in a fresh checkout${where}${facts.at ? ` (${inline(facts.at)})` : ''}.`,
    facts.attested &&
      `**Completed as it is**, on the word of ${inline(facts.attested.by)}${facts.attested.at ? ` (${inline(facts.attested.at)})` : ''}: what stands below did not pass.`,
    verificationBlocks(facts.verifications),
    total && `**Total**: ${tests(total)}`,
  );
}

const stepsWithQuestions = ({ steps, questions }: ResultsFacts) => [
  ...allSteps(steps).flatMap((step) => step.questions.map((question) => ({ where: stepName(step.key), question }))),
  ...questions.map((question) => ({ where: 'Run', question })),
];

function decided(facts: ResultsFacts): string {
  const asked = stepsWithQuestions(facts)
    .filter(({ question }) => question.answer)
    .map(({ where, question }) => [where, question.text, question.answer ?? '', question.by ?? unknown].map(cell));
  const taken = allSteps(facts.steps).flatMap((step) =>
    step.decisions.map((text) => [cell(stepName(step.key)), cell(text), '—', 'the agent']),
  );
  const rows = [...asked, ...taken];
  return rows.length > 0 ? table(['Step', 'Question or decision', 'Answer', 'By'], rows) : 'None.';
}

function openDecisions(facts: ResultsFacts): string {
  const open = stepsWithQuestions(facts).filter(({ question }) => question.status === 'open');
  if (open.length === 0) return 'None.';
  return blocks(...open.map(({ where, question }) => blocks(`**${inline(where)}**`, questionBlock(question))));
}

function lessons({ steps }: ResultsFacts): string {
  const lines = allSteps(steps).flatMap((step) =>
    step.lessons.map(
      (lesson) =>
        `${lessonLine(lesson)} (${inline(stepName(step.key))}${step.commit ? `, ${code(step.commit.slice(0, 12))}` : ''})`,
    ),
  );
  return lines.length > 0 ? bullets(lines) : 'None yet.';
}

function totals({ totals: facts, steps }: ResultsFacts): string {
  const { tokens } = facts;
  const words = tokens
    ? `${tokens.input} input, ${tokens.output} output, ${tokens.cacheRead} read from cache, ${tokens.cacheWrite} written to cache`
    : unknown;
  return table(
    ['Total', 'Value'],
    [
      ['Time', duration(facts.durationMs)],
      ['Cost', cost(facts.costUsd, facts.costIsPartial)],
      ['Tokens', words],
      ['Steps', stepCounts(steps)],
      ['Attempts', count(facts.attempts, 'attempt')],
      ['Fix attempts', count(facts.fixAttempts, 'fix attempt')],
    ],
  );
}

/**
 * The results document as markdown. The same facts give the same bytes: nothing is read from a clock, a locale or the order
 * of a set. It claims only what the facts hold; what isn't known is written as unknown.
 */
export function renderResults(facts: ResultsFacts): string {
  const { plan } = facts;
  const sections: [string, string][] = [
    ['Summary', summary(facts)],
    ['Goal', plan.goal?.trim() ? prose(plan.goal) : 'Not stated in the plan.'],
    ['Success Criteria', criteriaBlock(facts.criteria, 'ALL SUCCESS CRITERIA MET')],
    ['Prerequisites & Baseline', prerequisites(facts)],
    ['Implementation Progress', progress(facts)],
    ['Final Validation', finalValidation(facts)],
    ['Production-Grade Checklist', criteriaBlock(facts.checklist, 'ALL ITEMS MET')],
    ['Key Decisions', decided(facts)],
    ['Open Decisions', openDecisions(facts)],
    ['Lessons Learned', lessons(facts)],
    ['Totals', totals(facts)],
  ];
  const intro = `> Written by Lockstep from what it ran and stored${plan.document ? `, for ${code(plan.document)}` : ''}. It is written anew after every step: changes by hand are lost.`;
  return `${blocks(`# ${inline(plan.title)} Results`, intro, ...sections.map(([name, body]) => `## ${name}\n\n${body}`))}\n`;
}
