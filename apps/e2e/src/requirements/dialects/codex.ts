import { rules, type Requirement } from '../requirement.ts';

/** The dialect of programs that run the tools of a run themselves while its stream stays open. */
export const codexRequirements = {
  'codex-stream': rules(
    'codex',
    'Text deltas, pings on a timer, [DONE]; /v1 with X-Responses-Profile: codex answers alike',
  ),
  'codex-held': rules(
    'codex',
    'A run continues in its open stream when its tool outputs arrive at another instance',
  ),
  'codex-left': rules(
    'codex',
    'A run whose client has disconnected waits for the tool outputs and then continues',
  ),
  'codex-expires': rules('codex', 'A run without tool outputs fails after RESPONSES_TOOL_TIMEOUT'),
  'codex-outputs-refused': rules(
    'codex',
    '404 for an unknown response or call, 400 for a call that does not wait and for an empty list',
  ),
  'codex-wait': rules('codex', 'GET with wait answers when the response has ended'),
  'codex-background': rules('codex', 'The stock client polls background responses and resumes their streams'),
  'codex-cancel': rules('codex', 'Cancelling an ended response is 400'),
} satisfies Record<string, Requirement>;
