import type { Requirement } from '../requirements.ts';

const rules = (text: string) => ({
  source: { document: 'API rules' as const, section: 'codex' },
  text,
});

/** The dialect of programs that run the tools of an open run. */
export const codexRequirements = {
  'codex-stream': rules(
    'Text deltas, pings on a timer, [DONE]; /v1 with X-Responses-Profile: codex answers alike',
  ),
  'codex-held': rules(
    'A run goes on in its open stream once it has the tool outputs, sent to another instance',
  ),
  'codex-left': rules('A run whose client has left waits for the tool outputs and goes on without it'),
  'codex-expires': rules('A run that is not sent its tool outputs fails after RESPONSES_TOOL_TIMEOUT'),
  'codex-outputs-refused': rules('404 for an unknown response or call, 400 for what is not waiting or empty'),
  'codex-wait': rules('GET with wait answers when the response has ended'),
  'codex-background': rules('Background responses are polled by the stock client, and their streams resumed'),
  'codex-cancel': rules('Cancelling what has ended is 400'),
} satisfies Record<string, Requirement>;
