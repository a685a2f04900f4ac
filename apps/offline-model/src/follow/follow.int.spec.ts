import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startOfflineModel, type OfflineModel } from '../index';
import { filePrompt, stepPrompt } from '../testing/prompts';
import { agentPlace, runClaude, saidIn, type AgentPlace, type AgentRun } from '../testing/run-claude';

describe('follow mode with the real agent', () => {
  let model: OfflineModel;
  let place: AgentPlace;
  beforeEach(async () => {
    model = await startOfflineModel({ mode: 'follow' });
    place = await agentPlace();
  });
  afterEach(async () => {
    await model.stop();
    await place.remove();
  });

  const run = (...prompts: string[]): Promise<AgentRun> => runClaude({ url: model.url, place, prompts });
  const file = (path: string): Promise<string> => readFile(join(place.cwd, path), 'utf8');

  it("writes a step's files, adds to existing ones, runs its commands, and reports", async () => {
    await writeFile(join(place.cwd, 'notes.md'), 'old\n');
    await writeFile(join(place.cwd, 'index.js'), 'old\n');
    const section = [
      '**Code**:\n```bash\nmkdir -p made\ncd made\n```',
      "**Code** (create `src/sum.js`):\n```js\nmodule.exports = (a, b) => a + b; // `$HOME` it's\n```",
      '**Code** (update `index.js`):\n```js\nnew\n```',
      '**Tests** (add to `notes.md`):\n```md\nadded\n```',
      '**Verification**:\n```bash\ntouch verified\n```',
    ].join('\n\n');
    const done = await run(stepPrompt(section), stepPrompt(section, { kind: 'fix', attempt: 2, fix: 1 }));
    expect(done).toMatchObject({ exitCode: 0, results: [{ is_error: false }, { is_error: false }] });
    expect(await file('src/sum.js')).toBe("module.exports = (a, b) => a + b; // `$HOME` it's\n");
    expect(await file('index.js')).toBe('new\n');
    expect(await file('notes.md')).toBe('old\n\nadded\n');
    await mkdir(join(place.cwd, 'made', 'again'));
    await expect(file('verified')).rejects.toMatchObject({ code: 'ENOENT' });
    expect(saidIn(done)).toContain('[STEP_COMPLETE id="1"]');
    expect(saidIn(done)).toContain('Files modified: src/sum.js, index.js, notes.md');
    expect(saidIn(done)).not.toMatch(/Issues: (?!none)/);
  });

  it('writes the first attempt, and the mended version on the fix turn', async () => {
    const section = ['attempt', 'fix']
      .map((word) => `<!-- offline-model: ${word} 1 -->\n**Code** (create \`a.js\`):\n\`\`\`js\n${word}\n\`\`\``)
      .join('\n\n');
    await run(stepPrompt(section));
    expect(await file('a.js')).toBe('attempt\n');
    await run(stepPrompt(section, { kind: 'fix', attempt: 2, fix: 1 }));
    expect(await file('a.js')).toBe('fix\n');
  });

  it('asks, ends the turn without completing the step, and carries on with the answer', async () => {
    const section =
      '<!-- offline-model: ask text="Which rounding?" options="Half up (recommended)|Half even" -->\n**Code** (create `mode.txt`):\n```\n{{answer}}\n```';
    const asked = await run(stepPrompt(section));
    expect(saidIn(asked)).toContain(
      '[DECISION_NEEDED priority="1" category="blocker" immediate="true"]\nWhich rounding?\n- Option A: Half up (recommended)',
    );
    expect(saidIn(asked)).not.toContain('STEP_COMPLETE');
    const answered = await run(stepPrompt(section, { kind: 'answer', after: '<answer>\nHalf even $& it\n</answer>' }));
    expect(saidIn(answered)).toContain('[STEP_COMPLETE id="1"]');
    expect(await file('mode.txt')).toBe('Half even $& it\n');
  });

  it('reads a long step from its file, also when it has seen the file before', async () => {
    const lines = Array.from({ length: 1200 }, (_, index) => `Line ${index}`).join('\n');
    const step = join(place.home, 'step.md');
    await writeFile(step, `${lines}\n\n**Code** (create \`long.txt\`):\n\`\`\`\n\tfrom the file\n\`\`\`\n`);
    const done = await run(filePrompt(step), filePrompt(step, { kind: 'fix', attempt: 2, fix: 1 }));
    expect(await file('long.txt')).toBe('\tfrom the file\n');
    expect(saidIn(done).match(/Carried out 1 block/g)).toHaveLength(2);
  });

  it('says that it cannot think about a step without blocks, and reports what failed', async () => {
    const prose = await run(stepPrompt('Make it nicer.'));
    expect(saidIn(prose)).toMatch(/cannot think[^]*\[\/STEP_COMPLETE\]/);
    await writeFile(join(place.cwd, 'file'), '');
    await chmod(join(place.cwd, 'file'), 0o600);
    const failing = await run(
      stepPrompt('**Code** (create `file/below.txt`):\n```\nx\n```\n\n**Code**:\n```bash\nexit 3\n```'),
    );
    expect(saidIn(failing)).toMatch(/Issues: file\/below\.txt: .+; the commands: .+/);
  });
});
