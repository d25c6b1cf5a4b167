import { openai, rules, type Requirement } from '../requirement.ts';

/** What the server keeps: event logs, idempotency keys, and what it removes. */
export const keptRequirements = {
  'openai-background-stream': openai(
    'Background mode',
    'background with stream sends the events at once; a client that disconnects stops nothing',
  ),
  'openai-resume': openai(
    'Background mode',
    'retrieve with stream and starting_after continues after that event, on any instance, live and after the end',
  ),
  'openai-resume-rebuilt': rules(
    'streams that are resumed',
    'Without kept events, a stream is rebuilt from the stored response',
  ),
  'openai-resume-cancelled': rules(
    'streams that are resumed',
    'A stream whose response is cancelled or deleted ends without a final event',
  ),
  'openai-resume-takeover': rules(
    'streams that are resumed',
    'When another worker takes a run over, open items are closed as incomplete and the final response has whole items',
  ),
  'openai-resume-bad': rules('streams that are resumed', 'A starting_after that is not a number is 400'),
  'openai-slow-reader': rules('streams that are resumed', 'A slow reader delays no run and misses no event'),
  'idempotency-key': rules(
    'Idempotency-Key',
    'The same key and request return the same response, for any number of concurrent requests and in every form',
  ),
  'idempotency-key-reuse': rules('Idempotency-Key', 'The same key with another request is 422'),
  'idempotency-key-running': rules(
    'Idempotency-Key',
    'While the first request runs in the foreground the second is 409',
  ),
  'idempotency-key-not-stored': rules(
    'Idempotency-Key',
    'A response that was not stored or is deleted cannot be returned again: 409',
  ),
  'idempotency-key-bad': rules('Idempotency-Key', 'A malformed key is 400'),
  'nothing-stored': rules('what is kept', 'store: false leaves nothing of the content in any table'),
  'delete-removes-all': rules('what is kept', 'DELETE removes the content from every table'),
  retention: rules('what is kept', 'Responses are removed when they are older than RESPONSE_RETENTION'),
} satisfies Record<string, Requirement>;
