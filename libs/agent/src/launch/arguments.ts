import type { StageName } from '@lockstep/contracts';

/**
 * What the agent may use, per stage: a closed list, so that a tool which a newer Claude brings along isn't there until it is
 * wanted here. Nothing that waits, schedules or delegates: a turn's end has to be the end of its work.
 */
export const stageTools = {
  plan_review: ['Glob', 'Grep', 'Read'],
  implementation: ['Bash', 'Edit', 'Glob', 'Grep', 'Read', 'Write'],
  delivery: ['Glob', 'Grep', 'Read'],
} as const satisfies Record<StageName, readonly string[]>;

export interface AgentArgumentsOptions {
  /** A UUID of our choosing, known before the process starts. */
  readonly sessionId: string;
  /** Go on in that session instead of beginning it. Flags are not part of a session: they are all given again. */
  readonly resume: boolean;
  readonly stage: StageName;
  /** A model's name or alias; Claude's default when absent. */
  readonly model?: string;
  readonly appendSystemPrompt?: string;
  readonly maxTurns?: number;
  readonly maxBudgetUsd?: number;
}

const optional = (flag: string, value: string | number | undefined): string[] =>
  value === undefined ? [] : [flag, String(value)];

/** The command line of a run. Settings, hooks, MCP servers and commands of the repository stay unread. */
export const agentArguments = (options: AgentArgumentsOptions): string[] => [
  '-p',
  ...['--input-format', 'stream-json', '--output-format', 'stream-json', '--verbose', '--include-partial-messages'],
  ...[options.resume ? '--resume' : '--session-id', options.sessionId],
  ...['--permission-mode', 'bypassPermissions'],
  ...['--setting-sources', '', '--strict-mcp-config', '--disable-slash-commands'],
  ...['--tools', stageTools[options.stage].join(',')],
  ...optional('--model', options.model),
  ...optional('--append-system-prompt', options.appendSystemPrompt),
  ...optional('--max-turns', options.maxTurns),
  ...optional('--max-budget-usd', options.maxBudgetUsd),
];
