import { isMet, type Check, type Line } from './line';

/** A line as people read it; a missed target says by how much. */
export function textOf(line: Line): string {
  const { baseline } = line;
  const where = line.backplane === null ? '' : ` [${line.backplane}]`;
  const base = baseline
    ? [
        `    baseline: ${baseline.what} ${amount(baseline.value, baseline.unit)}` +
          (baseline.p95 === undefined ? '' : ` (p95 ${amount(baseline.p95, baseline.unit)})`),
      ]
    : [];
  return [
    `${line.measure}${where}: ${line.quantity} (n=${line.samples})`,
    ...line.checks.map((check) => `    ${checkText(check)}`),
    ...base,
    ...(line.note === undefined ? [] : [`    ${line.note}`]),
  ].join('\n');
}

function checkText(check: Check): string {
  const { what, value, sense, limit, unit } = check;
  const met = isMet(check);
  const shown = `${what} ${amount(value, unit)}`;
  if (met === null) return shown;
  const goal = `${shown}  target ${sense} ${amount(limit, unit)}`;
  return met ? `${goal}  met` : `${goal}  MISSED by ${amount(Math.abs(value - limit), unit)} (${share(value, limit)})`;
}

const share = (value: number, limit: number): string => `${Math.round((100 * Math.abs(value - limit)) / limit)} %`;

const amount = (value: number, unit: string): string => {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  const number = value.toLocaleString('en-US', { maximumFractionDigits: digits, minimumFractionDigits: digits });
  return unit === '×' ? `${number}×` : `${number} ${unit}`;
};

/** What a reader wants to know last: how many targets there were, and which of them are missed. */
export function summaryOf(lines: readonly Line[]): string {
  const checked = lines.flatMap((line) => line.checks.map((check) => ({ line, check, met: isMet(check) })));
  const targets = checked.filter(({ met }) => met !== null);
  const missed = targets.filter(({ met }) => met === false);
  const names = missed.map(
    ({ line, check }) => `${line.measure}${line.backplane ? `[${line.backplane}]` : ''} ${check.what}`,
  );
  if (targets.length === 0) return 'What was measured has no target.';
  return missed.length === 0
    ? `All ${targets.length} targets are met.`
    : `${targets.length - missed.length} of ${targets.length} targets are met. Missed: ${names.join(', ')}.`;
}
