import { rules, type Requirement } from '../requirement.ts';

/** The dialect of agents whose tools wait for a person's approval. */
export const agentRequirements = {
  'agent-examples': rules('agent', 'The complete examples of the document get the answers that it shows'),
  'agent-errors': rules('agent', 'The four error examples get 406 and 422, with detail'),
  'agent-stream': rules('agent', 'Full streams and streams of events alone have their events in order'),
  'agent-interrupt': rules(
    'agent',
    'A tool that changes something waits for approval; a tool that only reads does not',
  ),
  'agent-decisions': rules(
    'agent',
    'accept, reject, edit and feedback, alone and together; usage is the sum',
  ),
  'agent-decided-once': rules('agent', 'Of two decisions on one call the first counts, the other is 400'),
  'agent-pause-survives': rules(
    'agent',
    'A pause survives a restart of every process and can be read and decided afterwards',
  ),
  'agent-audit': rules(
    'agent',
    'The audit trail has each decision with its user, its time, the proposed call and the executed call',
  ),
  'agent-pause-elsewhere': rules('agent', 'A paused run can be read in every dialect'),
  'agent-conversations': rules(
    'agent',
    'Conversations are listed, read and deleted; branches leave later turns unchanged',
  ),
  'agent-conversation-access': rules(
    'agent',
    "403 for another caller's conversation, 404 for an unknown one, 409 while calls wait",
  ),
  'agent-watched': rules(
    'agent',
    'A background stream stays open while calls wait, has the decisions as events, and goes on; cancel works from every instance',
  ),
  'agent-watched-resume': rules(
    'agent',
    'A background stream is resumed after any number, in either form, on every instance; a number without kept events is 400',
  ),
  'agent-cache': rules('agent', 'An equal request gets the cached answer unless it turns the cache off'),
} satisfies Record<string, Requirement>;
