import { plain, withoutMarks } from '../markdown/text';

/** What a labelled part of a step is about. `micro` is a numbered step inside a task; `other` ends whatever came before. */
export type LabelKind =
  | 'intro'
  | 'goal'
  | 'tasks'
  | 'code'
  | 'tests'
  | 'commands'
  | 'verification'
  | 'baseline'
  | 'run'
  | 'expected'
  | 'output'
  | 'acceptance'
  | 'specification'
  | 'files'
  | 'depends'
  | 'status'
  | 'complexity'
  | 'affected'
  | 'why'
  | 'commit'
  | 'other';

export interface Label {
  readonly kind: LabelKind;
  /** As written, without emphasis. */
  readonly title: string;
  /** Lower case, without marks. */
  readonly name: string;
  /** What stands in brackets behind the name. */
  readonly note: string;
  /** What stands behind the colon. */
  readonly rest: string;
}

const kinds: readonly (readonly [LabelKind, RegExp])[] = [
  ['affected', /^affected tests?/],
  ['baseline', /^baseline/],
  ['expected', /^expect(?:ed|s)?\b/],
  ['other', /^manual|^verification (?:notes|strategy)|^test(?:ing)? (?:strategy|plan|summary|notes)/],
  [
    'verification',
    /^(?:final |automated |step )?(?:verif(?:y|ication)|validat(?:e|ion)|how to (?:verify|test|validate|check)|test(?:ing)? commands?|checks?|smoke tests?|sanity checks?|run(?: the)?(?: \w+)? tests?|confirm)\b/,
  ],
  ['run', /^run\b/],
  ['commit', /^(?:git )?commit\b/],
  ['acceptance', /^(?:acceptance|success criteria|done when|definition of done|criteria)\b/],
  ['depends', /^(?:depends|dependenc|blocked by|after\b|requires\b|prerequisites?\b)/],
  ['status', /^status\b/],
  ['complexity', /^(?:complexity|effort|estimate|estimated|time|duration|size)\b/],
  ['files', /^(?:new |affected |modified |changed |key )?files?\b/],
  [
    'tests',
    /^(?:\w+ )?tests?(?: code| cases?| to write| file| first)?$|^write (?:the |a )?(?:\w+ )?tests?\b|^tests?\b/,
  ],
  ['tasks', /^(?:implementation )?(?:tasks?|sub-?tasks?|to-?dos?|actions?|work|steps|what to do|instructions)$/],
  [
    'code',
    /^(?:code|implement|implementation|source|changes|example|snippet|write (?:the |minimal )*(?:code|implementation))\b/,
  ],
  ['commands', /^(?:setup |shell )?commands?\b|^(?:shell|install|setup)$/],
  ['specification', /^(?:spec|specs|specification|specifications|requirements?|details|approach|design)\b/],
  ['goal', /^(?:goals?|objectives?|purpose|aim|summary|description)\b/],
  ['output', /^(?:outputs?|results?|outcomes?|deliverables?)\b/],
  ['why', /^(?:why|reason|rationale)\b/],
];

const micro = /^(?:sub-?)?step\s+\d+[a-z]?\s*[:.)-]\s*(.*)$/;

/** A label's kind; `micro` steps ("Step 2: Run test to verify it fails") have the kind of what they do. */
export const kindOfLabel = (name: string): LabelKind => {
  const text = micro.exec(name)?.[1] ?? name;
  return kinds.find(([, pattern]) => pattern.test(text))?.[0] ?? 'other';
};

const nameOf = (text: string): string => withoutMarks(plain(text)).replace(/:$/, '').trim().toLowerCase();

/** `text` up to the bracket that closes the one it begins with. */
const bracketed = (text: string): { note: string; rest: string } => {
  if (!text.startsWith('(')) return { note: '', rest: text };
  let depth = 0;
  for (let at = 0; at < Math.min(text.length, 1000); at += 1) {
    if (text[at] === '(') depth += 1;
    if (text[at] === ')') depth -= 1;
    if (depth === 0) return { note: text.slice(1, at), rest: text.slice(at + 1).trim() };
  }
  return { note: '', rest: text };
};

const colon = /^[:：]\s*/;

const label = (head: string, note: string, rest: string): Label => {
  const name = nameOf(head);
  return { kind: kindOfLabel(name), title: plain(head), name, note, rest };
};

/** A heading as a label: "Code (add to `a.ts`)". */
export const headingLabel = (text: string): Label => {
  const open = text.indexOf(' (');
  const { note } = open > 0 ? bracketed(text.slice(open + 1)) : { note: '' };
  const [head = '', ...rest] = (note ? text.slice(0, open) : text).split(/:\s+/);
  return micro.test(nameOf(text)) || rest.length === 0
    ? label(note ? text.slice(0, open) : text, note, '')
    : label(head, note, rest.join(': '));
};

const boldLabel = (inner: string, behind: string): Label | null => {
  const { note, rest } = bracketed(behind.trim());
  const ended = /[:：]\s*$/.test(inner);
  if (!ended && !colon.test(rest) && rest !== '') return null;
  const open = inner.indexOf(' (');
  const inside = open > 0 ? bracketed(inner.slice(open + 1).replace(/[:：]\s*$/, '')) : { note: '', rest: '' };
  const head = inside.note !== '' && inside.rest === '' ? inner.slice(0, open) : inner;
  return label(head, [inside.note, note].filter(Boolean).join(' '), rest.replace(colon, ''));
};

const plainWords =
  /^(run|expected(?: (?:output|results?))?|verify|verification|validation|test command|goal|objective|files?(?: to (?:create|modify|change|edit)[\w/ ]*)?|depends on|status|complexity|output|tasks|acceptance criteria|estimated (?:time|effort))\s*(?=[:(])/i;

const plainLabel = (text: string): Label | null => {
  const match = plainWords.exec(text);
  if (!match) return null;
  const { note, rest } = bracketed(text.slice(match[0].length).trim());
  return colon.test(rest) ? label(match[1] ?? '', note, rest.replace(colon, '')) : null;
};

/** The label that a line begins with: `**Name**:`, `**Name:**`, `**Name** (note):`, `**Name**` alone, or a known `Name:`. */
export const readLabel = (text: string): Label | null => {
  const bold = /^(\*\*|__)(?=\S)(.{1,200}?)\1(.*)$/s.exec(text);
  return bold ? boldLabel(bold[2] ?? '', bold[3] ?? '') : plainLabel(text);
};
