import type { DecisionOption, Lesson, MarkerEvent } from '../events';
import { readFields, readFiles, readItems, splitOptions } from './body';
import type { MarkerName } from './tags';

/** A marker as it was read: its opening tag's attributes and the text up to its end. */
export interface RawMarker {
  readonly name: MarkerName;
  readonly attributes: Readonly<Record<string, string>>;
  readonly body: string;
  readonly closed: boolean;
}

type Keys = ReadonlyMap<string, string>;

const malformed = (raw: RawMarker, what: string): MarkerEvent => ({ type: 'malformed', detail: `${raw.name} ${what}` });

function keysOf(raw: RawMarker, fields: Keys = new Map()): Map<string, string> {
  return new Map([...Object.entries(raw.attributes), ...fields]);
}

/** What is left when the known keys are taken out. */
function extraOf(keys: Keys, known: readonly string[]): Record<string, string> {
  return Object.fromEntries([...keys].filter(([key]) => !known.includes(key)));
}

function readNumber(text: string | undefined, max: number): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,6})?)\s*%?$/.exec(text?.trim() ?? '');
  const value = Number(match?.[1]);
  return match && value <= max ? value : undefined;
}

function readCount(text: string | undefined): number | undefined {
  const value = readNumber(text, 999_999_999);
  return Number.isInteger(value) ? value : undefined;
}

const present = <T>(key: string, value: T | undefined): Record<string, T> =>
  value === undefined ? {} : { [key]: value };

function status(raw: RawMarker): MarkerEvent {
  const keys = keysOf(raw, readFields(raw.body).keys);
  const read = {
    retry_count: readCount(keys.get('retry_count')),
    progress: readNumber(keys.get('progress'), 100),
  };
  const unread = Object.entries(read)
    .filter(([, value]) => value === undefined)
    .map(([key]) => key);
  const known = ['step_id', 'id', 'status', 'files_modified', 'tests_status', 'retry_count', 'progress', 'message'];
  const { files, count } = readFiles(keys.get('files_modified'));
  return {
    type: 'implementation_status',
    filesModified: files,
    ...present('filesCount', count),
    ...present('stepId', keys.get('step_id') || keys.get('id') || undefined),
    ...present('status', keys.get('status')),
    ...present('testsStatus', keys.get('tests_status')),
    ...present('retryCount', read.retry_count),
    ...present('progress', read.progress),
    ...present('message', keys.get('message')),
    extra: extraOf(
      keys,
      known.filter((key) => !unread.includes(key)),
    ),
  };
}

function lesson(item: string): Lesson {
  const at = item.search(/\bevidence:/i);
  if (at < 0) return { what: item };
  let end = at;
  while (end > 0 && ' \t(—–-*_'.includes(item.charAt(end - 1))) end -= 1;
  const stated = item.slice(at + 'evidence:'.length).trim();
  const evidence = item.slice(end, at).includes('(') ? stated.replace(/\)$/, '') : stated;
  return end > 0 && evidence ? { what: item.slice(0, end), evidence } : { what: item };
}

const lessonKeys = ['lessons_learned', 'lessons', 'lesson_learned', 'lesson'];
const listKeys = {
  issues: ['issues', 'issues_encountered'],
  deviations: ['deviations', 'deviation', 'deviations_from_plan', 'deviation_from_plan'],
  decisions: ['decisions', 'key_decisions', 'trade_offs_&_decisions'],
};

const firstOf = (keys: Keys, names: readonly string[]): string =>
  names.map((name) => keys.get(name)).find((text) => text !== undefined) ?? '';

function stepComplete(raw: RawMarker): MarkerEvent {
  const stepId = (raw.attributes['id'] ?? raw.attributes['step_id'] ?? '').trim();
  if (!stepId) return malformed(raw, 'has no id');
  const isText = (key: string, current: string | null) =>
    key === 'evidence' && current !== null && lessonKeys.includes(current);
  const fields = readFields(raw.body, isText);
  const keys = keysOf(raw, fields.keys);
  const files = ['files_modified', 'files'];
  const known = ['id', 'step_id', 'summary', ...files, ...lessonKeys, ...Object.values(listKeys).flat()];
  return {
    type: 'step_complete',
    stepId,
    summary: [fields.lead, keys.get('summary')].filter(Boolean).join('\n'),
    filesModified: readFiles(firstOf(keys, files)).files,
    lessons: readItems(firstOf(keys, lessonKeys)).map(lesson),
    issues: readItems(firstOf(keys, listKeys.issues)),
    deviations: readItems(firstOf(keys, listKeys.deviations)),
    decisions: readItems(firstOf(keys, listKeys.decisions)),
    closed: raw.closed,
    extra: extraOf(keys, known),
  };
}

function option(text: string): DecisionOption | null {
  const mark = /(?:\*\*|__|[*_])?[([]recommended[)\]](?:\*\*|__|[*_])?/i;
  const bare = text
    .replace(mark, '')
    .replace(/\s{2,}/g, ' ')
    .trim();
  return bare ? { text: bare, recommended: mark.test(text) } : null;
}

const isTrue = (text: string | undefined): boolean => /^(?:true|yes|1)$/i.test(text?.trim() ?? '');

/** Whatever isn't plainly a decision that can wait stops the run: a question too many costs less than a wrong guess. */
function categoryOf(attributes: Readonly<Record<string, string>>): 'blocker' | 'decision' {
  const category = attributes['category']?.trim().toLowerCase();
  const canWait = attributes['immediate'] !== undefined && !isTrue(attributes['immediate']);
  if (category === 'blocker' || isTrue(attributes['immediate'])) return 'blocker';
  return category === 'decision' || canWait ? 'decision' : 'blocker';
}

function decisionNeeded(raw: RawMarker): MarkerEvent {
  const { text, options } = splitOptions(raw.body);
  if (!text && options.length === 0) return malformed(raw, 'has no question');
  const category = categoryOf(raw.attributes);
  const priority = readCount(raw.attributes['priority']);
  const known = ['immediate', 'priority'].filter((key) => key !== 'priority' || priority !== undefined);
  const stated = raw.attributes['category']?.trim().toLowerCase();
  return {
    type: 'decision_needed',
    category,
    immediate: category === 'blocker',
    ...present('priority', priority),
    text: text || options.join('\n'),
    options: options.map(option).filter((item) => item !== null),
    extra: extraOf(keysOf(raw), stated === category ? [...known, 'category'] : known),
  };
}

function implementationComplete(raw: RawMarker): MarkerEvent {
  return {
    type: 'implementation_complete',
    summary: raw.body.trim(),
    closed: raw.closed,
    extra: { ...raw.attributes },
  };
}

function planStep(raw: RawMarker): MarkerEvent {
  const id = raw.attributes['id']?.trim();
  if (!id) return malformed(raw, 'has no id');
  const [title = '', ...rest] = raw.body
    .replace(/^\s*\n/, '')
    .trimEnd()
    .split('\n');
  const parent = raw.attributes['parent']?.trim() ?? '';
  if (!title.trim()) return malformed(raw, `"${id.slice(0, 80)}" has no title`);
  return {
    type: 'plan_step',
    id,
    parent: parent === '' || parent.toLowerCase() === 'null' ? null : parent,
    title: title.trim().replace(/^#{1,6}\s+/, ''),
    body: rest.join('\n').replace(/^(?:[ \t]*\n)+/, ''),
    extra: extraOf(keysOf(raw), ['id', 'parent']),
  };
}

const decoders: Readonly<Record<MarkerName, (raw: RawMarker) => MarkerEvent>> = {
  IMPLEMENTATION_STATUS: status,
  STEP_COMPLETE: stepComplete,
  DECISION_NEEDED: decisionNeeded,
  IMPLEMENTATION_COMPLETE: implementationComplete,
  PLAN_STEP: planStep,
};

/** What a marker says. A marker that lacks what it needs is `malformed`; nothing here throws. */
export const decodeMarker = (raw: RawMarker): MarkerEvent => decoders[raw.name](raw);
