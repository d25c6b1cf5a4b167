import { rules, type Requirement } from '../requirement.ts';

/** The dialect of programs that run the tools of an open run. */
export const codexRequirements = {
  'codex-stream': rules(
    'codex',
    'Text deltas, pings on a timer, [DONE]; /v1 with X-Responses-Profile: codex answers alike',
  ),
  'codex-held': rules(
    'codex',
    'A run goes on in its open stream once it has the tool outputs, sent to another instance',
  ),
  'codex-left': rules(
    'codex',
    'A run whose client has left waits for the tool outputs and goes on without it',
  ),
  'codex-expires': rules(
    'codex',
    'A run that is not sent its tool outputs fails after RESPONSES_TOOL_TIMEOUT',
  ),
  'codex-outputs-refused': rules(
    'codex',
    '404 for an unknown response or call, 400 for what is not waiting or empty',
  ),
  'codex-wait': rules('codex', 'GET with wait answers when the response has ended'),
  'codex-background': rules(
    'codex',
    'Background responses are polled by the stock client, and their streams resumed',
  ),
  'codex-cancel': rules('codex', 'Cancelling what has ended is 400'),
} satisfies Record<string, Requirement>;
