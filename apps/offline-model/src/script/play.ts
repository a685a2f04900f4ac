import { type Act, type Reply } from '../messages/acts';
import { type Conversation } from '../messages/conversation';
import { readTurnHeader } from '../messages/turn-header';
import { type Script, type ScriptTurn } from './schema';

/**
 * Which turn answers the conversation's last prompt, as an index; undefined when the script has none for it.
 *
 * All prompts of the conversation are dealt their turns from the start: first an unused turn whose `match` fits, else the
 * next unused one without `match`. Dealing again on every request is what makes it independent of the server's memory.
 */
export function turnFor(script: Script, prompts: readonly string[]): number | undefined {
  const used = new Set<number>();
  let dealt: number | undefined;
  for (const prompt of prompts) {
    dealt = deal(script, used, prompt);
    if (dealt !== undefined && !script.turns[dealt]?.repeat) used.add(dealt);
  }
  return dealt;
}

function deal(script: Script, used: ReadonlySet<number>, prompt: string): number | undefined {
  const free = [...script.turns.entries()].filter(([index]) => !used.has(index));
  const matching = free.find(([, turn]) => turn.match && fits(turn.match, prompt));
  return (matching ?? free.find(([, turn]) => !turn.match))?.[0];
}

function fits(match: NonNullable<ScriptTurn['match']>, prompt: string): boolean {
  const { contains, ...wanted } = match;
  const header: Record<string, unknown> = { ...readTurnHeader(prompt) };
  const headerFits = Object.entries(wanted).every(([key, value]) => value === undefined || header[key] === value);
  return headerFits && (contains === undefined || prompt.includes(contains));
}

/** The turn's blocks cut after each tool call: each piece is one response. */
export function responsesOf(turn: ScriptTurn): Act[][] {
  const responses: Act[][] = [[]];
  for (const block of turn.blocks) {
    responses.at(-1)?.push(block);
    if ('tool' in block) responses.push([]);
  }
  return responses;
}

const unscripted: Reply = { acts: [{ text: 'The script has no turn for this prompt.' }], note: 'unscripted' };

/** A turn that ends with a tool call still has to answer the tool's result. */
const closing: readonly Act[] = [{ text: 'Done.' }];

export function playScript(script: Script, conversation: Conversation): Reply {
  const index = turnFor(script, conversation.prompts);
  const turn = index === undefined ? undefined : script.turns[index];
  if (!turn) return unscripted;
  const responses = responsesOf(turn);
  const at = Math.min(conversation.calls.length, responses.length - 1);
  const acts = responses[at] ?? [];
  const last = at === responses.length - 1;
  return {
    acts: last && acts.length === 0 && at > 0 ? closing : acts,
    stopReason: last ? turn.stopReason : undefined,
    note: `turn ${index} response ${at}`,
  };
}
