import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import {
  agentEnvironment,
  probeClaude,
  startCredentialProxy,
  type ConversationOptions,
  type CredentialProxy,
} from '@lockstep/agent';
import type { ExecutorConfig } from '@lockstep/runtime';
import type { Workspace } from '@lockstep/workspace';
import { openExecutorCredential, type Credential, type CredentialParts } from './credential';
import type { RunContext } from './run/run-context';
import { commandPath } from './verify/command-runner';

type Shared = Omit<ConversationOptions, 'arguments' | 'listener' | 'costBeforeUsd'>;

/** What every conversation of this executor shares: the binary, the door to the model that adds the key, the limits. */
export interface AgentSetup {
  readonly credential: Credential;
  conversation(context: RunContext, workspace: Pick<Workspace, 'layout'>): Shared;
  /** The run's token is worth nothing from now on. */
  forget(runId: string): void;
  stop(): Promise<void>;
}

const publicApi = 'https://api.anthropic.com';

type AgentParts = CredentialParts & { readonly config: ExecutorConfig };

/** Checks the binary and opens the door. @throws Fault agent_unavailable, config_invalid */
export async function startAgentSetup(parts: AgentParts): Promise<AgentSetup> {
  const { config, logger } = parts;
  const upstreamUrl = config.anthropicBaseUrl ?? publicApi;
  const claude = await probeClaude(config.claudeBin);
  const credential = await openExecutorCredential(parts, upstreamUrl);
  const proxy = await startCredentialProxy({
    upstreamUrl,
    apiKey: config.anthropicApiKey ?? 'none',
    onRateLimit: (runId, limit) => credential.onRefusal(runId, limit),
    onAcceptance: (runId) => credential.onAcceptance(runId),
  });
  logger.info({ claude: claude.version, upstream: upstreamUrl }, 'the agent is ready');
  return {
    credential,
    conversation: (context, workspace) => conversationOf({ config, proxy, bin: claude.bin }, context, workspace),
    forget: (runId) => {
      proxy.revoke(runId);
      credential.forget(runId);
    },
    stop: async () => {
      await proxy.stop();
      await credential.settled();
    },
  };
}

interface Means {
  readonly config: ExecutorConfig;
  readonly proxy: CredentialProxy;
  readonly bin: string;
}

function conversationOf(
  { config, proxy, bin }: Means,
  { run, settings }: RunContext,
  { layout }: Pick<Workspace, 'layout'>,
): Shared {
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
