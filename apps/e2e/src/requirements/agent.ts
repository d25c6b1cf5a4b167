import type { Requirement } from '../requirements.ts';

const rules = (text: string) => ({
  source: { document: 'API rules' as const, section: 'agent' },
  text,
});

/** The dialect of agents that ask before they act. */
export const agentRequirements = {
  'agent-examples': rules('Every complete example of the document is answered as it says'),
  'agent-errors': rules('The four error examples get 406 and 422, with detail'),
  'agent-stream': rules('Streams in full and of events only, each with its events in order'),
  'agent-interrupt': rules('A tool that changes something waits for a human, and one that reads does not'),
  'agent-decisions': rules('accept, reject, edit and feedback, one by one and together; usage is the sum'),
  'agent-decided-once': rules('Of two who decide about one call one wins, the other gets 400'),
  'agent-pause-survives': rules(
    'A pause survives a restart of every process and can be read and decided after it',
  ),
  'agent-audit': rules('Who decided what, when, what was proposed and what was run can be read'),
  'agent-pause-elsewhere': rules('A paused run can be read in every dialect'),
  'agent-conversations': rules(
    'Conversations are listed, read and deleted; branches leave later turns untouched',
  ),
  'agent-conversation-access': rules(
    "403 for what is somebody else's, 404 for what is unknown, 409 while calls wait",
  ),
  'agent-cache': rules('An equal request gets the same answer again, unless it says otherwise'),
} satisfies Record<string, Requirement>;
