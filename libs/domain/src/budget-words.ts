import type { BudgetCrossing, BudgetKind } from '@lockstep/contracts';
import type { AskedQuestion } from './decisions';

/** How budgets are said to people, and how their answers are read. */
const names: Record<BudgetKind, string> = {
  costUsd: 'cost',
  tokens: 'tokens',
  seconds: 'time',
  attempts: 'attempts',
};

const ways: Record<BudgetKind, string> = {
  costUsd: 'in US dollars, such as $25',
  tokens: 'such as 2000000, 500k or 2M',
  seconds: 'such as 90m or 2h (a bare number counts minutes)',
  attempts: 'such as 40 attempts',
};

export const stopHere = 'Stop here (cancels the run)';

export const raiseOption = ({ kind, raiseTo }: BudgetCrossing): string =>
  `Raise it to ${amount(kind, raiseTo)} and go on`;

/** What a person is asked when a budget is used up. */
export function budgetQuestion(crossing: BudgetCrossing): AskedQuestion {
  const { scope, kind } = crossing;
  const whose = scope === 'run' ? '' : ' More is given to this run alone; the others ask for themselves.';
  return {
    text: `${budgetSentence(crossing)} The run waits and loses nothing; with more room it goes on where it stands.${whose} Another limit can be answered, too, ${ways[kind]}.`,
    options: [raiseOption(crossing), stopHere],
  };
}

/** Which budget, how much was used, of how much. */
export function budgetSentence({ scope, kind, limit, used, atLeast, perDays }: BudgetCrossing): string {
  const within = perDays === null ? '' : ` of ${perDays === 1 ? 'the last 24 hours' : `the last ${perDays} days`}`;
  const least = atLeast ? 'at least ' : '';
  const unknown = atLeast ? ' (what some turns cost is unknown)' : '';
  return `The ${scope}’s budget for ${names[kind]}${within} is used up: ${least}${amount(kind, used)} of ${amount(kind, limit)}${unknown}.`;
}

/** An amount with its unit: `$12.50`, `1,200,000 tokens`, `1 h 30 min`, `12 attempts`. */
export function amount(kind: BudgetKind, value: number): string {
  if (kind === 'costUsd') return `$${value < 1 ? cents(value) : value.toFixed(2)}`;
  if (kind === 'seconds') return duration(value);
  const count = Math.ceil(value);
  return `${count.toLocaleString('en-US')} ${count === 1 ? kind.slice(0, -1) : kind}`;
}

const cents = (value: number): string => value.toFixed(6).replace(/0{1,4}$/, '');

function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  const parts = [
    [Math.floor(whole / 3600), 'h'],
    [Math.floor((whole % 3600) / 60), 'min'],
    [whole % 60, 's'],
  ] as const;
  const said = parts.filter(([count]) => count > 0).map(([count, unit]) => `${count} ${unit}`);
  return said.length === 0 ? '0 s' : said.join(' ');
}

export type BudgetAnswer =
  | { readonly kind: 'raise'; readonly to: number }
  | { readonly kind: 'stop' }
  | { readonly kind: 'unclear'; readonly why: string };

/** The word to stop and nothing else: "stop at $40" gives room, and a run that was cancelled does not come back. */
const stops = /^(stop|cancel)( (here|now|it|the run|this run))?[.!]?$/i;

/** What a person's words mean for the budget that they were asked about. */
export function readBudgetAnswer(crossing: BudgetCrossing, answer: string): BudgetAnswer {
  const said = answer.trim();
  if (said.toLowerCase() === raiseOption(crossing).toLowerCase()) return { kind: 'raise', to: crossing.raiseTo };
  if (said.toLowerCase() === stopHere.toLowerCase() || stops.test(said)) return { kind: 'stop' };
  const to = readAmount(crossing.kind, said.replace(/^raise (it )?to /i, '').replace(/ and go on\.?$/i, ''));
  const offer = `Answer "${raiseOption(crossing)}", "${stopHere}", or a limit ${ways[crossing.kind]}.`;
  if (to === null) return { kind: 'unclear', why: `It names no limit. ${offer}` };
  if (to <= crossing.used)
    return {
      kind: 'unclear',
      why: `${amount(crossing.kind, to)} leaves no room: ${amount(crossing.kind, crossing.used)} is used already. ${offer}`,
    };
  return { kind: 'raise', to };
}

const number = '(\\d{1,15}(?:\\.\\d{1,6})?)';

/** An amount of a kind as people write it; null when it is none. */
export function readAmount(kind: BudgetKind, text: string): number | null {
  if (text.length > 100) return null;
  const said = text.trim().replace(/(\d)[,_](?=\d{3}(?!\d))/g, '$1');
  const read = readers[kind](said);
  return read === null || !Number.isFinite(read) || read <= 0 ? null : read;
}

const match = (pattern: string, text: string): RegExpExecArray | null => new RegExp(`^${pattern}$`, 'i').exec(text);

const count = (text: string, noun: string): number | null => {
  const [, value, scale = ''] = match(`${number}\\s*([km])?\\s*(?:${noun})?`, text) ?? [];
  return value === undefined ? null : Math.floor(Number(value) * (scales[scale.toLowerCase()] ?? 1));
};

const scales: Record<string, number> = { k: 1e3, m: 1e6 };

const secondsOf: Record<string, number> = { d: 86_400, h: 3600, m: 60, s: 1 };

const readers: Record<BudgetKind, (text: string) => number | null> = {
  costUsd: (text) => {
    const [, value] = match(`\\$?\\s*${number}\\s*(?:\\$|usd|dollars?)?`, text) ?? [];
    return value === undefined ? null : Number(value);
  },
  tokens: (text) => count(text, 'tokens?'),
  attempts: (text) => count(text, 'attempts?'),
  seconds: (text) => {
    if (match(number, text)) return Math.ceil(Number(text) * 60);
    const part = `${number}\\s*(d|h|m|s)(?:ays?|ours?|in|ins|inutes?|ec|econds?)?`;
    if (!match(`(?:${part}\\s*)+`, text)) return null;
    const parts = [...text.matchAll(new RegExp(part, 'gi'))];
    return Math.ceil(parts.reduce((sum, [, value, unit]) => sum + Number(value) * secondsOf[unit!.toLowerCase()]!, 0));
  },
};
