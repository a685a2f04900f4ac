import fc from 'fast-check';
import { markerEventSchema, type MarkerEvent } from '../events';
import { createMarkerParser } from './parser';

const parse = (...chunks: string[]): MarkerEvent[] => {
  const parser = createMarkerParser();
  return [...chunks.flatMap((chunk) => parser.push(chunk)), ...parser.end()];
};
const types = (...chunks: string[]) => parse(...chunks).map((event) => event.type);

const statusText = `[IMPLEMENTATION_STATUS]
Step_ID: step-1
status: testing
Files-Modified: src/a.ts, \`src/b.ts\`
tests_status: failing
retry_count: 2
progress: 50%
message: first line
second line
mood: hopeful
[/IMPLEMENTATION_STATUS]`;

describe('IMPLEMENTATION_STATUS', () => {
  it('reads every field, whatever the case of its key, and keeps unknown ones', () => {
    expect(parse(statusText)).toEqual([
      {
        type: 'implementation_status',
        stepId: 'step-1',
        status: 'testing',
        filesModified: ['src/a.ts', 'src/b.ts'],
        testsStatus: 'failing',
        retryCount: 2,
        progress: 50,
        message: 'first line\nsecond line',
        extra: { mood: 'hopeful' },
      },
    ]);
  });

  it('takes a number of files, and keeps figures that are none as they are', () => {
    const [event] = parse('[implementation_status]\nfiles_modified: 3\nprogress: much\n[/implementation_status]');
    expect(event).toMatchObject({ filesModified: [], filesCount: 3, extra: { progress: 'much' } });
    expect(event).not.toHaveProperty('progress');
  });

  it('comes as soon as its closing tag is there, before the line ends', () => {
    const parser = createMarkerParser();
    expect(parser.push(statusText.slice(0, -1))).toEqual([]);
    expect(parser.push(']')).toHaveLength(1);
    expect(parser.end()).toEqual([]);
  });
});

describe('STEP_COMPLETE', () => {
  const body = `Summary: Adds the parser.
Files modified: a.ts, b.ts
Lessons learned:
- Streams split anywhere. Evidence: parser.spec.ts
- Keep it small
Deviations: none
Reviewer: nobody`;

  it('reads the body up to its closing tag', () => {
    expect(parse(`[STEP_COMPLETE id="3a"]\n${body}\n[/STEP_COMPLETE]`)).toEqual([
      {
        type: 'step_complete',
        stepId: '3a',
        summary: 'Adds the parser.',
        filesModified: ['a.ts', 'b.ts'],
        lessons: [{ what: 'Streams split anywhere.', evidence: 'parser.spec.ts' }, { what: 'Keep it small' }],
        issues: [],
        deviations: [],
        decisions: [],
        closed: true,
        extra: { reviewer: 'nobody' },
      },
    ]);
  });

  it('may hold blank lines when it is closed', () => {
    const [event] = parse('[STEP_COMPLETE id="1"]\nSummary: a\n\nLessons learned: b\n[/STEP_COMPLETE]');
    expect(event).toMatchObject({ summary: 'a', lessons: [{ what: 'b' }], closed: true });
  });

  it.each([
    ['a blank line', '[STEP_COMPLETE id="1"]\nSummary: a\n\nOther words.'],
    ['the end', '[STEP_COMPLETE id="1"]\nSummary: a'],
    ['the next marker', '[STEP_COMPLETE id="1"]\nSummary: a\n[IMPLEMENTATION_COMPLETE]'],
  ])('without a closing tag ends at %s', (_, text) => {
    expect(parse(text)[0]).toMatchObject({ type: 'step_complete', stepId: '1', summary: 'a', closed: false });
  });

  it('is taken within a line, with a bare or single-quoted id and with text beside it', () => {
    expect(parse("All done. [STEP_COMPLETE id='step-2'] Works now.")[0]).toMatchObject({
      stepId: 'step-2',
      summary: 'Works now.',
    });
    expect(parse('**[STEP_COMPLETE id=step-2]**')[0]).toMatchObject({ stepId: 'step-2' });
  });

  it('without an id is malformed', () => {
    expect(parse('[STEP_COMPLETE]\nSummary: a')).toEqual([{ type: 'malformed', detail: 'STEP_COMPLETE has no id' }]);
  });

  it('keeps lessons that carry their evidence on a line of its own', () => {
    const [event] = parse(
      '[STEP_COMPLETE id="1"]\nLessons learned:\n- Ports close late\nEvidence: net.spec\n[/STEP_COMPLETE]',
    );
    expect(event).toMatchObject({ lessons: [{ what: 'Ports close late', evidence: 'net.spec' }] });
  });
});

describe('DECISION_NEEDED', () => {
  it('reads question, options and which is recommended', () => {
    const text = `[DECISION_NEEDED priority="1" category="blocker" immediate="true" team="db"]
Which database?
Both would do.
- Option A: Postgres (recommended)
- Option B: a file,
  in JSON
[/DECISION_NEEDED]`;
    expect(parse(text)).toEqual([
      {
        type: 'decision_needed',
        category: 'blocker',
        immediate: true,
        priority: 1,
        text: 'Which database?\nBoth would do.',
        options: [
          { text: 'Option A: Postgres', recommended: true },
          { text: 'Option B: a file, in JSON', recommended: false },
        ],
        extra: { team: 'db' },
      },
    ]);
  });

  it.each([
    ['', 'blocker'],
    ['category="decision"', 'decision'],
    ['category="decision" immediate="false"', 'decision'],
    ['category="decision" immediate="true"', 'blocker'],
    ['category="blocker" immediate="false"', 'blocker'],
    ['category="naming" immediate="false"', 'decision'],
    ['category="naming"', 'blocker'],
  ])('with %p is a %s', (attributes, category) => {
    const [event] = parse(`[DECISION_NEEDED ${attributes}]\nWhat now?\n[/DECISION_NEEDED]`);
    expect(event).toMatchObject({ type: 'decision_needed', category, immediate: category === 'blocker' });
  });

  it('keeps code in the question, closing tags and bullets in it included', () => {
    const question = 'Is this right?\n```\n- one\n- two\n[/DECISION_NEEDED]\n```';
    expect(parse(`[DECISION_NEEDED]\n${question}\n[/DECISION_NEEDED]`)[0]).toMatchObject({
      text: question,
      options: [],
    });
  });

  it('without a question or without a closing tag is malformed', () => {
    expect(types('[DECISION_NEEDED]\n \n[/DECISION_NEEDED]')).toEqual(['malformed']);
    expect(types('[DECISION_NEEDED]\nWhat now?')).toEqual(['malformed']);
  });
});

describe('IMPLEMENTATION_COMPLETE and PLAN_STEP', () => {
  it('reads the summary', () => {
    expect(parse('[IMPLEMENTATION_COMPLETE]\nAll there.\n[/IMPLEMENTATION_COMPLETE]')).toEqual([
      { type: 'implementation_complete', summary: 'All there.', closed: true, extra: {} },
    ]);
  });

  it('reads the steps of a split', () => {
    const text = `[PLAN_STEP id="3a" parent="3" status="pending"]\nRead the file\nBody line\n\n- more\n[/PLAN_STEP]
[PLAN_STEP id="3b" parent="null"]\n## Write it\n[/PLAN_STEP]`;
    expect(parse(text)).toEqual([
      {
        type: 'plan_step',
        id: '3a',
        parent: '3',
        title: 'Read the file',
        body: 'Body line\n\n- more',
        extra: { status: 'pending' },
      },
      { type: 'plan_step', id: '3b', parent: null, title: 'Write it', body: '', extra: {} },
    ]);
  });

  it('needs an id and a title', () => {
    expect(types('[PLAN_STEP parent="3"]\nTitle\n[/PLAN_STEP]\n[PLAN_STEP id="1"]\n[/PLAN_STEP]')).toEqual([
      'malformed',
      'malformed',
    ]);
  });
});

describe('where markers do not count', () => {
  const marker = '[STEP_COMPLETE id="1"]';
  it.each([
    ['a backtick fence', `\`\`\`\n${marker}\n\`\`\``],
    ['a fence with an info string', `\`\`\`text\n${marker}\n\`\`\``],
    ['a tilde fence', `~~~ a ~~~ b\n${marker}\n~~~`],
    ['a longer fence that holds a shorter one', `\`\`\`\`\n\`\`\`\n${marker}\n\`\`\`\n\`\`\`\``],
    ['a fence of the other kind', `~~~\n\`\`\`\n~~~\n\`\`\`\n${marker}`],
    ['a fence that is never closed', `\`\`\`\n${marker}`],
    ['a fence in a list', `- \`\`\`\n  ${marker}\n  \`\`\``],
    ['a fence in a block quote', `> \`\`\`\n> ${marker}\n> \`\`\``],
    ['a block quote', `> ${marker}`],
    ['inline code', `Then I print \`${marker}\` at the end.`],
    ['inline code of two backticks', `\`\`a \` ${marker} b\`\``],
    ['an escaped bracket', `\\${marker}`],
    ['another word', '[STEP_COMPLETED id="1"] [XSTEP_COMPLETE id="1"]'],
  ])('%s', (_, text) => {
    expect(parse(text)).toEqual([]);
    expect(parse(...text)).toEqual([]);
    expect(parse(text.replaceAll('\n', '\r\n'))).toEqual([]);
  });

  it.each([
    ['after a fence', `\`\`\`\ncode\n\`\`\`\n${marker}`],
    ['after a fence in a quote that is over', `> \`\`\`\n> code\n${marker}`],
    ['after inline code', `\`code\` ${marker}`],
    ['after a lone backtick', `a \` b ${marker}`],
    ['after three backticks that are no fence', `\`\`\`code\`\`\` ${marker}`],
  ])('but they do %s', (_, text) => {
    expect(types(text)).toEqual(['step_complete']);
    expect(types(...text)).toEqual(['step_complete']);
  });

  it('starts every text block outside code', () => {
    const parser = createMarkerParser();
    expect([...parser.push('```\n'), ...parser.end()]).toEqual([]);
    expect([...parser.push(marker), ...parser.end()]).toHaveLength(1);
  });
});

describe('malformed markers', () => {
  it.each([
    ['attributes that are none', '[STEP_COMPLETE step one]\nx\n[/STEP_COMPLETE]', 'attributes'],
    ['an open quote', '[STEP_COMPLETE id="1]\nx', 'bracket'],
    ['no bracket', '[STEP_COMPLETE id="1"\nx', 'bracket'],
    ['a closing tag alone', '[/DECISION_NEEDED]', 'without an opening'],
    ['a marker that another one interrupts', '[DECISION_NEEDED]\nx\n[STEP_COMPLETE]', 'is missing'],
  ])('%s', (_, text, words) => {
    const [first] = parse(text);
    expect(first).toEqual({ type: 'malformed', detail: expect.stringContaining(words) });
  });

  it('reports a marker that is too long once, drops it, and goes on', () => {
    const long = `[DECISION_NEEDED]\n${'word '.repeat(20_000)}\n[/DECISION_NEEDED]\n[STEP_COMPLETE id="1"]`;
    expect(types(long)).toEqual(['malformed', 'step_complete']);
  });

  it('finishes an unclosed step before a long text', () => {
    const long = `[STEP_COMPLETE id="1"]\nSummary: a\n\n${'prose and prose\n'.repeat(20_000)}`;
    expect(parse(long)).toEqual([expect.objectContaining({ stepId: '1', summary: 'a', closed: false })]);
  });
});

describe('any text', () => {
  const pieces = fc.constantFrom(
    ...[
      '[STEP_COMPLETE id="1"]',
      '[/STEP_COMPLETE]',
      '[IMPLEMENTATION_STATUS]',
      '[/IMPLEMENTATION_STATUS]',
      '[DECISION_NEEDED',
    ],
    ...[
      ' category="blocker"]',
      '[/DECISION_NEEDED]',
      '[PLAN_STEP id="2"]',
      '[/PLAN_STEP]',
      '[IMPLEMENTATION_COMPLETE]',
      '\n',
      '\r\n',
    ],
    ...[
      '\n\n',
      '```',
      '`',
      '``',
      '~~~',
      '> ',
      '- ',
      'Summary: x',
      'progress: 3',
      'words ',
      '"',
      "'",
      '[',
      ']',
      '\\',
      '\r',
      '  ',
      '💡',
      '\0',
    ],
  );
  const text = fc
    .array(fc.oneof({ weight: 9, arbitrary: pieces }, fc.string()), { maxLength: 40 })
    .map((parts) => parts.join(''));
  const cutAt = (whole: string, cuts: readonly number[]): string[] => {
    const places = [...new Set(cuts.map((cut) => cut % (whole.length + 1)))].sort((a, b) => a - b);
    return [0, ...places].map((from, i) => whole.slice(from, places[i] ?? whole.length));
  };

  it('gives the same well-formed events however it is cut', () => {
    fc.assert(
      fc.property(text, fc.array(fc.nat(), { maxLength: 30 }), (whole, cuts) => {
        const events = parse(whole);
        events.forEach((event) => markerEventSchema.parse(event));
        expect(parse(...cutAt(whole, cuts))).toEqual(events);
        expect(parse(...whole.split(''))).toEqual(events);
      }),
      { numRuns: 2000 },
    );
  });

  it('gives the same events where lines are longer than what is kept of them', () => {
    const filler = fc.nat({ max: 70_000 }).map((length) => 'x'.repeat(length));
    const long = fc.array(fc.oneof(filler, pieces, pieces), { maxLength: 12 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(long, fc.array(fc.nat(), { maxLength: 8 }), (whole, cuts) => {
        const short = (events: MarkerEvent[]) => JSON.stringify(events).replace(/x{3,}/g, (run) => `x*${run.length}`);
        expect(short(parse(...cutAt(whole, cuts)))).toBe(short(parse(whole)));
      }),
      { numRuns: 400 },
    );
  });

  it.each([65_500, 65_530, 65_535, 65_536, 131_060])('sees a marker at column %d of a line', (column) => {
    expect(types(`${'x'.repeat(column)}[STEP_COMPLETE id="1"] done`)).toEqual(['step_complete']);
  });

  it('stays fast on text that is made to be slow', () => {
    const hostile = [
      '[STEP_COMPLETE ',
      '[STEP_COMPLETE id="',
      '`',
      '` ',
      '- ',
      '>',
      '*',
      'evidence: ',
      '[STEP_COMPLETE id=1] ',
      'a:\n',
      ' ',
      '`*',
    ];
    const started = performance.now();
    for (const piece of hostile) {
      const body = piece.repeat(Math.floor(65_000 / piece.length));
      parse(body, body);
      parse(`[STEP_COMPLETE id="1"]\nLessons learned: ${body}x`);
      parse(`[DECISION_NEEDED]\n- ${body}x\n- b\n[/DECISION_NEEDED]`);
    }
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it('keeps no more than a body and a line', () => {
    const parser = createMarkerParser();
    const kept = () => JSON.stringify(parser).length;
    parser.push('[DECISION_NEEDED]\n');
    let most = 0;
    for (let i = 0; i < 400; i += 1) {
      parser.push(`${'y'.repeat(5000)}${i % 40 === 0 ? '\n' : ''}`);
      most = Math.max(most, kept());
    }
    expect(most).toBeGreaterThan(1000);
    expect(most).toBeLessThan(3 * 65_536);
  });
});
