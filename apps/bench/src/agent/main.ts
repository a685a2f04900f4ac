import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { readLoad, type Load } from './load';

/**
 * Stands in Claude's place: speaks its stream-json, needs no time of its own, and stamps each marker with the machine-wide monotonic
 * clock at the moment of its write. What it does is said by the step's text (see `load.ts`).
 */
const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const sessionId = randomUUID();

const delta = (text: string): void =>
  say({ type: 'stream_event', event: { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } } });

const marker = (key: string): string =>
  `[IMPLEMENTATION_STATUS]\nstep_id: ${key}\nstatus: implementing\nmessage: at ${process.hrtime.bigint()}\n[/IMPLEMENTATION_STATUS]\n`;

/** Writes markers so that after t ms there are t · rate of them, one write each. */
function stream(key: string, { markers, perSecond }: Load): Promise<void> {
  const began = process.hrtime.bigint();
  let written = 0;
  return new Promise((resolve) => {
    const tick = (): void => {
      const due = Math.min(markers, Math.floor((Number(process.hrtime.bigint() - began) / 1e9) * perSecond));
      for (; written < due; written += 1) delta(marker(key));
      if (written >= markers) resolve();
      else setTimeout(tick, 1);
    };
    tick();
  });
}

async function turn(prompt: string): Promise<void> {
  say({ type: 'system', subtype: 'init', session_id: sessionId });
  const key = /^\[LOCKSTEP_TURN [^\]]*step="([^"]*)"/.exec(prompt)?.[1] ?? '';
  const load = readLoad(prompt);
  const id = randomUUID();
  if (load.markers > 0) await stream(key, load);
  if (load.file) {
    mkdirSync(dirname(load.file), { recursive: true });
    writeFileSync(load.file, `step ${key}\n`);
  }
  const text = `[STEP_COMPLETE id="${key}"]\nSummary: done\n[/STEP_COMPLETE]`;
  say({ type: 'assistant', message: { id, content: [{ type: 'text', text }] } });
  say({
    type: 'result',
    subtype: 'success',
    is_error: false,
    total_cost_usd: 0.001,
    stop_reason: 'end_turn',
    result: text,
  });
}

function promptOf(line: string): string {
  const { message } = JSON.parse(line) as { message?: { content?: { text?: string }[] } };
  return message?.content?.[0]?.text ?? '';
}

if (process.argv.includes('--version')) process.stdout.write('2.1.0 (scripted)\n');
else {
  let work = Promise.resolve();
  createInterface(process.stdin)
    .on('line', (line) => (work = work.then(() => turn(promptOf(line)))))
    .on('close', () => process.exit(0));
}
