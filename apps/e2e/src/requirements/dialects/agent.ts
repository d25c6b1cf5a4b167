import { rules, type Requirement } from '../requirement.ts';

/** The dialect of agents that ask before they act. */
export const agentRequirements = {
  'agent-examples': rules('agent', 'Every complete example of the document is answered as it says'),
  'agent-errors': rules('agent', 'The four error examples get 406 and 422, with detail'),
  'agent-stream': rules('agent', 'Streams in full and of events only, each with its events in order'),
  'agent-interrupt': rules(
    'agent',
    'A tool that changes something waits for a human, and one that reads does not',
  ),
  'agent-decisions': rules(
    'agent',
    'accept, reject, edit and feedback, one by one and together; usage is the sum',
  ),
  'agent-decided-once': rules('agent', 'Of two who decide about one call one wins, the other gets 400'),
  'agent-pause-survives': rules(
    'agent',
    'A pause survives a restart of every process and can be read and decided after it',
  ),
  'agent-audit': rules('agent', 'Who decided what, when, what was proposed and what was run can be read'),
  'agent-pause-elsewhere': rules('agent', 'A paused run can be read in every dialect'),
  'agent-conversations': rules(
    'agent',
    'Conversations are listed, read and deleted; branches leave later turns untouched',
  ),
  'agent-conversation-access': rules(
    'agent',
    "403 for what is somebody else's, 404 for what is unknown, 409 while calls wait",
  ),
  'agent-cache': rules('agent', 'An equal request gets the same answer again, unless it says otherwise'),
} satisfies Record<string, Requirement>;
