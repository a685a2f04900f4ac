import type { openConversation } from '@lockstep/agent';
import type { Workspace } from '@lockstep/workspace';
import type { RunContext } from './run/run-context';

type ConversationOptions = Parameters<typeof openConversation>[0];

/** What every conversation of this executor shares: the binary, the proxy that adds the key, the limits. */
export interface AgentSetup {
  conversation(
    context: RunContext,
    workspace: Workspace,
  ): Omit<ConversationOptions, 'sessionId' | 'resume' | 'onText' | 'onOutput' | 'onWarning'>;
}
