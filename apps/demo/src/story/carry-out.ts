import type { Plan, Question, Run } from '@lockstep/contracts';
import { painterFor, printable, watchUntilRest, type Client, type Painter } from '@lockstep/client';

export interface Story {
  readonly client: Client;
  readonly repository: string;
  readonly document: string;
  readonly say: (text: string) => void;
  readonly signal: AbortSignal;
}

export interface Told {
  readonly plan: Plan;
  readonly run: Run;
  /** How many questions were answered. */
  readonly answered: number;
}

/** A model that asks for ever is not waited for. */
const maxAnswers = 6;
/** A question that carries a failure is long; the dashboard is the place to read it. */
const maxLines = 12;

/** Submits and approves the plan over HTTP, follows the run on the websocket and answers what it asks, until it rests for good. */
export async function carryOut(story: Story): Promise<Told> {
  const { client, repository, document, say } = story;
  const project = await client.projects.create({ name: 'shop', repository });
  const plan = await client.plans.submit({ projectId: project.id, document });
  say(`Submitted "${plan.title}", version ${plan.version}: it is a ${plan.status}.`);
  const { runId } = await client.plans.approve(plan.id);
  say(`Approved. Run ${runId} starts by itself.\n`);
  const painter = painterOf(say);
  let after = 0;
  for (let answered = 0; ; answered += 1) {
    const run = await follow(story, runId, painter, after);
    if (run.status !== 'blocked' || answered >= maxAnswers) return { plan, run, answered };
    await answerAll(story, run);
    after = run.seq;
  }
}

function painterOf(say: (text: string) => void): Painter {
  const isTerminal = process.stdout.isTTY === true;
  const size = () => ({ columns: process.stdout.columns || 100, rows: process.stdout.rows || 40 });
  return painterFor({
    write: (text) => (isTerminal ? void process.stdout.write(text) : say(text.trimEnd())),
    isTerminal,
    size,
  });
}

async function follow({ client, signal }: Story, runId: string, painter: Painter, after: number): Promise<Run> {
  const run = await watchUntilRest(client, runId, {
    signal,
    after,
    onEvent: (view, event) => painter.event(view, event),
    onConnection: (connected, why) => connected || painter.say(`The feed is away (${why}); trying again …`),
  });
  painter.end();
  if (!run) throw new Error('The demo was stopped before the run had ended.');
  return run;
}

/** Answers as a person would who takes the first option, or trusts the agent where there is none. */
async function answerAll({ client, say }: Story, run: Run): Promise<void> {
  const open = (await client.runs.questions(run.id)).filter(({ status }) => status === 'open');
  const answers = open.map((question) => ({ questionId: question.id, answer: answerTo(question) }));
  say('\nThe run is blocked: it holds no process and no slot until somebody answers.');
  open.forEach((question, index) => say(`${shown(question.text)}\n  → ${answers[index]?.answer}`));
  const { resumed } = await client.runs.answer(run.id, answers);
  say(`Answered over HTTP${resumed ? '; the run goes on in the same session' : ''}.\n`);
}

function shown(text: string): string {
  const lines = text.trim().split('\n');
  const more = lines.length > maxLines ? [`… ${lines.length - maxLines} more lines`] : [];
  return [...lines.slice(0, maxLines), ...more].map((line) => `  ${printable(line)}`).join('\n');
}

const answerTo = ({ options }: Question): string => options[0] ?? 'Do what you think is best, then complete the step.';
