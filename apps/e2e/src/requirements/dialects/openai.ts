import { openai, openResponses, rules, type Requirement } from '../requirement.ts';

/** What stock OpenAI clients find beside the responses themselves, and every field of those. */
export const openaiRequirements = {
  'openai-echo': openResponses(
    'Response object',
    'Every field of a request that the object has is told there as it was sent, and every other with its default',
  ),
  'openai-provider-fields': rules(
    'openai',
    'What some providers know (verbosity, logprobs, user, cache key, tier) is passed on to them; the tier that they used is told',
  ),
  'openai-logprobs': openai(
    'Create',
    'include message.output_text.logprobs shows how likely the tokens were',
  ),
  'openai-truncation': openResponses(
    'truncation',
    'disabled, the default, fails with context_length_exceeded rather than cut; auto leaves the oldest out',
  ),
  'openai-max-tool-calls': openResponses(
    'max_tool_calls',
    'No more server tools are called than the request allows',
  ),
  'openai-allowed-tools': openResponses('tool_choice', 'allowed_tools is a hard limit, and echoed as sent'),
  'openai-parallel-tool-calls': rules(
    'openai',
    'parallel_tool_calls: false gets one call a turn from any provider',
  ),
  'openai-refused-fields': rules(
    'openai',
    'What is not supported and would change the meaning is refused by its name',
  ),
  'openai-reasoning': openai(
    'Reasoning',
    'What the model thought is content of a reasoning item, and its summary where reasoning.summary asks; also in a stream',
  ),
  'openai-reasoning-kept': openai(
    'Reasoning',
    'A provider is shown its thoughts again while the model works on a turn, whoever keeps the context',
  ),
  'openai-encrypted-reasoning': openai(
    'Reasoning',
    'include reasoning.encrypted_content seals thoughts for their caller; what is not the caller’s is 400 invalid_encrypted_content',
  ),
  'openai-adds-up': openResponses(
    'Streaming',
    'Events are numbered without gaps, items do not overlap, deltas add up to them, and the last response is what is read later',
  ),
  'openai-stream-error': openResponses(
    'Streaming',
    'A failed stream ends with an error event that has the message, then response.failed; stock clients throw it',
  ),
  'openai-disconnect': rules('openai', 'A foreground client that leaves ends the call of the provider'),
  'openai-tool-choice': openResponses(
    'tool_choice',
    'auto, none, required and a function are passed on; one that cannot be called is 400',
  ),
  'openai-schema-order': openai(
    'Structured outputs',
    'The fields of a schema keep their order, wherever the response runs',
  ),
  'openai-json-object': rules('answers by a schema', 'json_object gets a JSON object or fails'),
  'openai-content': openai('Items', 'Text, image and file parts go in; text and refusals come out'),
  'openai-file-url': openai('Items', 'A file by its link is read for a provider that takes only data'),
  'openai-provider-words': rules(
    'errors',
    'An overflow in the words of the provider is context_length_exceeded, and an empty account is asked once',
  ),
  'openai-incomplete': openResponses('Incomplete', 'An answer that was cut off is incomplete and says why'),
  'openai-parallel-calls': openai('Function calling', 'Calls made together have places of their own'),
  'openai-missing-output': openai(
    'Function calling',
    'Each call must have its output, and each output its call',
  ),
  'openai-item-reference': openai('Items', 'An item_reference stands for an item of the caller’s'),
  'openai-previous': openResponses(
    'previous_response_id',
    'goes on from input and output, not from instructions; an unknown one, and another caller’s, is 400 previous_response_not_found, a failed one 400',
  ),
  'openai-context-items': rules(
    'openai',
    'input_items lists the whole context, instructions and earlier turns too',
  ),
  'openai-list': rules(
    'openai',
    'GET /v1/responses lists by status, model, conversation and metadata, in pages',
  ),
  'openai-count': openai('Input token counts', 'input_tokens says about how much the model would read'),
  'openai-compact': openResponses(
    'Compact a response',
    'A context becomes what the user said and a compaction that only its caller can send back',
  ),
  'openai-conversations': openai('Conversations', 'Conversations are made, read, changed and deleted'),
  'openai-conversation-items': openai('Conversations', 'Items are added, listed in pages, read and deleted'),
  'openai-conversation-turns': openai(
    'Conversations',
    'A response goes on from its conversation, and both its sides are there when it has ended',
  ),
  'openai-conversation-unknown': rules(
    'openai',
    'An unknown conversation is 404, whatever its name: a mistyped id does not begin another',
  ),
  'openai-conversation-lock': rules(
    'openai',
    'A second run in a conversation is 409 conversation_locked, in any dialect',
  ),
  'openai-session': openai('Agents SDK', 'OpenAIConversationsSession keeps an agent’s session here'),
  'openai-late-cancel': rules('openai', 'A foreground response that has ended cannot be cancelled: 400'),
  'openai-no-retry': rules(
    'openai',
    'An error that a client would repeat says x-should-retry: false after tools have run',
  ),
} satisfies Record<string, Requirement>;
