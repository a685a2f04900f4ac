import { type Reply } from '../messages/acts';
import { type Conversation } from '../messages/conversation';

export const follow = (_conversation: Conversation): Reply => ({ acts: [{ text: 'not yet' }], note: 'follow' });
