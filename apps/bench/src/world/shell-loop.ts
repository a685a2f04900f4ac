import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { defaultClaudeBinary } from '@lockstep/agent';
import { stepCheck, stepText } from './plans';
import { makeRepository } from './repository';

const prompt = (step: number): string =>
  `[LOCKSTEP_TURN kind="step" step="${step}" attempt="1" fix="0"]\n\n<step key="${step}">\n\`\`\`\`markdown\n${stepText(step)}\n\`\`\`\`\n</step>\n`;

const script = (steps: number): string =>
  [
    'set -e',
    'for step in $(seq ' + steps + '); do',
    '  "$CLAUDE" -p --permission-mode bypassPermissions < "$PROMPTS/$step.md" > /dev/null',
    '  bash "$PROMPTS/$step.sh" > /dev/null',
    '  git add --all',
    '  git -c user.name=Bench -c user.email=bench@localhost commit --quiet --message "Step $step"',
    'done',
  ].join('\n');

/** What the plan of `codePlan(…, steps)` costs as a bare shell loop: `claude -p`, test, commit. In milliseconds. */
export async function shellLoop(folder: string, modelUrl: string, steps: number): Promise<number> {
  const repository = makeRepository(join(folder, 'repository'), 100);
  const prompts = join(folder, 'prompts');
  const home = join(folder, 'home');
  for (const each of [prompts, home]) mkdirSync(each, { recursive: true });
  for (let step = 1; step <= steps; step += 1) {
    writeFileSync(join(prompts, `${step}.md`), prompt(step));
    writeFileSync(join(prompts, `${step}.sh`), `set -eo pipefail\n${stepCheck(step)}\n`);
  }
  const began = performance.now();
  await run(script(steps), repository, {
    PATH: `${join(process.execPath, '..')}:${process.env['PATH'] ?? ''}`,
    HOME: home,
    CLAUDE_CONFIG_DIR: join(home, '.claude'),
    CLAUDE: defaultClaudeBinary() ?? '',
    PROMPTS: prompts,
    ANTHROPIC_BASE_URL: modelUrl,
    ANTHROPIC_API_KEY: 'none',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_AUTOUPDATER: '1',
    IS_SANDBOX: '1',
  });
  return performance.now() - began;
}

function run(text: string, cwd: string, env: Readonly<Record<string, string>>): Promise<void> {
  const child = spawn('bash', ['-c', text], { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`the shell loop ended with ${code}: ${said}`)),
    );
  });
}
