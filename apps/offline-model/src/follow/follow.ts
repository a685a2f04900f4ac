import { type Act, type Reply } from '../messages/acts';
import { type Conversation } from '../messages/conversation';
import { carryOut, type FollowTask } from './carry-out';
import { readFollowPrompt, type FollowPrompt } from './prompt';
import { type Step } from './tools';

const notOurs: Reply = {
  acts: [
    {
      text: 'This model is scripted: it carries out the code blocks of plan steps that Lockstep sends, and nothing else.',
    },
  ],
  note: 'no turn header',
};

/**
 * The next response in follow mode. The turn is done again from its start with the results that the conversation holds;
 * where they end is the call to make now, or the closing text. Nothing is remembered between requests.
 */
export function follow(conversation: Conversation): Reply {
  const task = taskOf(conversation);
  if (!task) return notOurs;
  const doing = carryOut(task);
  let next = doing.next();
  for (const call of conversation.calls) {
    if (next.done || !call.result) break;
    next = doing.next(call.result);
  }
  const note = `step ${task.header.step ?? '?'} call ${conversation.calls.length}`;
  return { acts: next.done ? [{ text: next.value }] : actsOf(next.value), note };
}

const actsOf = ({ say, tool, input }: Step): Act[] => [...(say === undefined ? [] : [{ text: say }]), { tool, input }];

/** The last prompt; what it leaves out (the step's text, an earlier answer) is taken from earlier prompts of the same step. */
function taskOf({ prompts, cwd }: Conversation): FollowTask | undefined {
  const read = prompts.map(readFollowPrompt);
  const last = read.at(-1);
  if (!last) return undefined;
  const same = read.filter((prompt): prompt is FollowPrompt => prompt?.header.step === last.header.step);
  const source = same.findLast((prompt) => prompt.source)?.source;
  const answer = same.findLast((prompt) => prompt.answer !== undefined)?.answer;
  return { header: last.header, source, answer, cwd };
}
