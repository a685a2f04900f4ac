import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import {
  agentEnvironment,
  probeClaude,
  startCredentialProxy,
  type ConversationOptions,
  type CredentialProxy,
} from '@lockstep/agent';
import type { ExecutorConfig, Logger } from '@lockstep/runtime';
import type { Workspace } from '@lockstep/workspace';
import type { RunContext } from './run/run-context';
import { commandPath } from './verify/command-runner';

type Shared = Omit<ConversationOptions, 'arguments' | 'listener' | 'costBeforeUsd'>;

/** What every conversation of this executor shares: the binary, the door to the model that adds the key, the limits. */
export interface AgentSetup {
  conversation(context: RunContext, workspace: Workspace): Shared;
  /** The run's token is worth nothing from now on. */
  forget(runId: string): void;
  stop(): Promise<void>;
}

const publicApi = 'https://api.anthropic.com';

/** Checks the binary and opens the door. @throws Fault agent_unavailable, config_invalid */
export async function startAgentSetup(config: ExecutorConfig, logger: Logger): Promise<AgentSetup> {
  const claude = await probeClaude(config.claudeBin);
  const proxy = await startCredentialProxy({
    upstreamUrl: config.anthropicBaseUrl ?? publicApi,
    apiKey: config.anthropicApiKey ?? 'none',
    onRateLimit: (runId, limit) => logger.warn({ runId, limit }, 'the provider refuses requests for now'),
  });
  logger.info({ claude: claude.version, upstream: config.anthropicBaseUrl ?? publicApi }, 'the agent is ready');
  return {
    conversation: (context, workspace) => conversationOf({ config, proxy, bin: claude.bin }, context, workspace),
    forget: (runId) => proxy.revoke(runId),
    stop: () => proxy.stop(),
  };
}

interface Means {
  readonly config: ExecutorConfig;
  readonly proxy: CredentialProxy;
  readonly bin: string;
}

function conversationOf({ config, proxy, bin }: Means, { run, settings }: RunContext, { layout }: Workspace): Shared {
  const env = agentEnvironment({
    path: commandPath,
    home: layout.home,
    configDir: layout.claude,
    tempDir: join(layout.home, 'tmp'),
    baseUrl: proxy.url,
    token: proxy.tokenFor(run.id),
    root: process.getuid?.() === 0,
    maxRetries: config.apiRetries,
  });
  const limits = {
    turnMs: Math.min(config.turnLimitMs, settings.turnLimitSeconds * 1000),
    idleMs: Math.min(config.idleLimitMs, settings.idleLimitSeconds * 1000),
    graceMs: config.killGraceMs,
    processes: config.processLimit,
  };
  const marker = randomBytes(16).toString('hex');
  return {
    bin,
    cwd: layout.tree,
    env,
    isolation: 'namespace',
    marker,
    limits,
    rateLimit: () => proxy.latestRateLimit(run.id),
  };
}
