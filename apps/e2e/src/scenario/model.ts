/** What the scripted model does in one turn. */
export type Block =
  | { readonly text: string; readonly chunks?: number }
  | { readonly tool: string; readonly input: Readonly<Record<string, unknown>> }
  | { readonly delayMs: number }
  | { readonly fault: string; readonly times?: number; readonly retryAfter?: number; readonly resetAt?: string };

export interface ModelTurn {
  readonly match?: {
    readonly step?: string;
    readonly kind?: string;
    readonly attempt?: number;
    readonly fix?: number;
    readonly contains?: string;
  };
  readonly blocks: readonly Block[];
  readonly repeat?: boolean;
}

export const say = (text: string): Block => ({ text });
export const bash = (command: string) => ({ tool: 'Bash', input: { command } }) as const satisfies Block;

/** Long enough that whatever a scenario does to the run happens meanwhile. */
export const linger = bash('sleep 120');

export const complete = (key: string, more = ''): Block =>
  say(`[STEP_COMPLETE id="${key}"]\nSummary: part ${key} is done\n${more}[/STEP_COMPLETE]`);

export const ask = (question: string, options: readonly string[] = []): Block =>
  say(
    `[DECISION_NEEDED priority="1" category="blocker" immediate="true"]\n${question}\n${options.map((option) => `- ${option}\n`).join('')}[/DECISION_NEEDED]`,
  );

export const mention = (question: string): Block =>
  say(
    `[DECISION_NEEDED priority="2" category="decision" immediate="false"]\n${question}\n- Yes\n- No\n[/DECISION_NEEDED]`,
  );

/** Does what `fileStep` verifies. */
export const good = (key: string): Block => bash(`echo good > part-${key}.txt`);
export const bad = (key: string): Block => bash(`echo bad > part-${key}.txt`);

/** A turn for a step, whatever the prompt's kind. */
export const turn = (step: string, ...blocks: readonly Block[]): ModelTurn => ({ match: { step }, blocks });
export const turnOf = (step: string, kind: string, ...blocks: readonly Block[]): ModelTurn => ({
  match: { step, kind },
  blocks,
});
export const always = (step: string, ...blocks: readonly Block[]): ModelTurn => ({
  match: { step },
  blocks,
  repeat: true,
});
/** The step is done well at the first go. */
export const easy = (step: string): ModelTurn => turn(step, good(step), complete(step));
