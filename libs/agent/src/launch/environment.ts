export interface AgentEnvironmentOptions {
  /** Where commands are looked up. */
  readonly path: string;
  /** The run's own folders. They exist, and no other run uses them: Claude keeps sockets and task output below `tempDir`. */
  readonly home: string;
  readonly configDir: string;
  readonly tempDir: string;
  /** The credential proxy's address and the run's token for it. The provider's key is never in here. */
  readonly baseUrl: string;
  readonly token: string;
  /** Whether the process runs as root: Claude then refuses bypass mode unless it is told that it is walled in. */
  readonly root: boolean;
  /** Claude's own scrub of its tools' environment; it does not start with it unless bubblewrap is installed. */
  readonly scrubSubprocesses?: boolean;
  readonly traceparent?: string;
  /** How often Claude retries a failing request itself; its default is 10. */
  readonly maxRetries?: number;
  /** How long one request to the API may take. */
  readonly apiTimeoutMs?: number;
  /** More, for the project's sake. May not override what is set here. */
  readonly extra?: Readonly<Record<string, string>>;
}

/**
 * Switches that hold for every run. A repository's settings can neither redirect the key (the provider is managed by the host)
 * nor leave work behind (no background tasks, no cron); Claude sends nothing but the model's requests, doesn't update itself,
 * isn't told to commit, and reads neither CLAUDE.md nor `@file` mentions on its own: Lockstep hands those over, marked.
 */
const switches = {
  CLAUDE_CODE_PROVIDER_MANAGED_BY_HOST: '1',
  CLAUDE_CODE_DISABLE_BACKGROUND_TASKS: '1',
  CLAUDE_CODE_DISABLE_CRON: '1',
  CLAUDE_CODE_DISABLE_AUTO_MEMORY: '1',
  CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  CLAUDE_CODE_DISABLE_GIT_INSTRUCTIONS: '1',
  CLAUDE_CODE_DISABLE_CLAUDE_MDS: '1',
  CLAUDE_CODE_DISABLE_FILE_MENTIONS: '1',
  DISABLE_AUTOUPDATER: '1',
} as const;

const present = (entries: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(entries).filter((entry): entry is [string, string] => entry[1] !== undefined));

/** The whole environment of a run; nothing of the executor's own is in it. */
export const agentEnvironment = (options: AgentEnvironmentOptions): Record<string, string> => ({
  LANG: 'C.UTF-8',
  ...options.extra,
  ...switches,
  PATH: options.path,
  HOME: options.home,
  CLAUDE_CONFIG_DIR: options.configDir,
  TMPDIR: options.tempDir,
  ANTHROPIC_BASE_URL: options.baseUrl,
  ANTHROPIC_API_KEY: options.token,
  CLAUDE_CODE_SUBPROCESS_ENV_SCRUB: options.scrubSubprocesses ? '1' : '0',
  ...present({
    IS_SANDBOX: options.root ? '1' : undefined,
    TRACEPARENT: options.traceparent,
    CLAUDE_CODE_MAX_RETRIES: options.maxRetries?.toString(),
    API_TIMEOUT_MS: options.apiTimeoutMs?.toString(),
  }),
});
