import { openai, rules } from '../requirement.ts';
/** What the API promises about what it keeps: event logs, idempotency keys, and what is removed. */

export const kept = {
  'openai-background-stream': openai(
    'Background mode',
    'background with stream answers with the events at once; who leaves stops nothing',
  ),
  'openai-resume': openai(
    'Background mode',
    'retrieve with stream and starting_after goes on after that event, on any instance, live and after the end',
  ),
  'openai-resume-rebuilt': rules(
    'streams that are resumed',
    'Where no events are kept any more, or never were, they are rebuilt from the stored response',
  ),
  'openai-resume-cancelled': rules(
    'streams that are resumed',
    'A stream whose response is cancelled or deleted ends without a final event',
  ),
  'openai-resume-takeover': rules(
    'streams that are resumed',
    'When another worker goes on, what was half said is done as incomplete and the final response holds whole items',
  ),
  'openai-resume-bad': rules('streams that are resumed', 'A starting_after that is no number is 400'),
  'openai-slow-reader': rules('streams that are resumed', 'A slow reader slows no run and loses nothing'),
  'idempotency-key': rules(
    'Idempotency-Key',
    'The same key and request give the same response again, however many ask at once and in every form',
  ),
  'idempotency-key-reuse': rules('Idempotency-Key', 'The same key with another request is 422'),
  'idempotency-key-running': rules(
    'Idempotency-Key',
    'While the first request runs in the foreground the second is 409',
  ),
  'idempotency-key-not-stored': rules(
    'Idempotency-Key',
    'What was not stored or is deleted cannot be given again: 409',
  ),
  'idempotency-key-bad': rules('Idempotency-Key', 'A key that is none is 400'),
  'nothing-stored': rules('what is kept', 'store: false leaves nothing of the content in any table'),
  'delete-removes-all': rules('what is kept', 'DELETE removes the content from every table'),
  retention: rules('what is kept', 'Responses are removed when they are past RESPONSE_RETENTION'),
};
