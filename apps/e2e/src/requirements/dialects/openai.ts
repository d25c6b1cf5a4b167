import { openai, openResponses, rules, type Requirement } from '../requirement.ts';

/** The openai dialect: responses with all their fields, streams, conversations and lists. */
export const openaiRequirements = {
  'openai-create': openResponses('Responses', 'The stock client creates a response and reads its text'),
  'openai-stream': openResponses(
    'Streaming',
    'The stock stream helper reads the events to the final response; sequence numbers have no gaps',
  ),
  'openai-frames': openResponses(
    'Streaming',
    'Each frame is one write and its event field is its type; heartbeats are comments; the last frame is [DONE]',
  ),
  'openai-retrieve': openResponses('Responses', 'retrieve returns the response of the create'),
  'openai-delete': rules(
    'where the dialects differ',
    'delete answers {id, object, deleted} and the response is gone',
  ),
  'openai-input-items': rules('where the dialects differ', 'input items are a list with pages'),
  'openai-errors': rules('openai', 'The stock client throws its own error classes'),
  'openai-functions': openResponses(
    'Tools',
    'A function call goes to the caller; the run continues by previous_response_id',
  ),
  'openai-background': openai('Background mode', 'background is queued, polled and cancelled'),
  'openai-files': openai(
    'Files',
    'Files are created from a stream, listed in pages, downloaded and deleted; a purpose without an API here is refused by name',
  ),
  'openai-images': openai(
    'Images',
    'Images are made and edited, streamed with partial images, over OpenAI and Gemini; a request that no provider can serve is refused with what to do',
  ),
  'openai-image-generation': openai(
    'Image generation',
    'A model makes and edits images over any provider that has them, with partial images on a stream; without one the request is refused with what to do',
  ),
  'openai-file-ids': openai(
    'Files',
    'Inputs name uploaded images and files by their ids; files of another caller, deleted and too large ones are refused',
  ),
  'openai-tool-search': openai(
    'Tool search',
    'Deferred tools of namespaces are offered over any provider once a search by the server or the caller finds them; items add further tools',
  ),
  'openai-uploads': openai('Uploads', 'A file is uploaded in parts, which are ordered when it is completed'),
  'openai-containers': openai(
    'Containers',
    'Containers are created with files, listed, and deleted; their files are added, listed, downloaded and deleted; those of another caller are unknown',
  ),
  'openai-code-interpreter': openai(
    'Code interpreter',
    'Models of each protocol run code in containers that a chain keeps; calls have code, outputs and events; written files are cited; unusable containers are refused',
  ),
  'openai-shell': openai(
    'Hosted shell',
    'Models of each protocol run shell commands in containers that a chain keeps; calls and their outputs are two items with events; without a runner the tool is refused with what to do',
  ),
  'openai-vector-stores': openai(
    'Vector stores',
    'Files of many formats are added alone and in batches, indexed in the background and searched with filters; unreadable ones fail with the reason',
  ),
  'openai-file-search': openai(
    'File search',
    'The model searches the vector stores of the request over any protocol, and cites their files; an unknown store is refused',
  ),
  'openai-echo': openResponses(
    'Response object',
    'Every request field that the object has is echoed as sent, every other field has its default',
  ),
  'openai-provider-fields': rules(
    'openai',
    'Fields that only some providers support (verbosity, logprobs, user, cache key, tier) are passed on to them; the response reports the tier that the provider used',
  ),
  'openai-logprobs': openai(
    'Create',
    'include message.output_text.logprobs returns the log probabilities of the tokens',
  ),
  'openai-truncation': openResponses(
    'truncation',
    'disabled, the default, fails with context_length_exceeded; auto drops the oldest items',
  ),
  'openai-max-tool-calls': openResponses(
    'max_tool_calls',
    'At most as many server tools are called as the request allows',
  ),
  'openai-allowed-tools': openResponses('tool_choice', 'allowed_tools is a hard limit, and echoed as sent'),
  'openai-parallel-tool-calls': rules(
    'openai',
    'parallel_tool_calls: false gets one call a turn from any provider',
  ),
  'openai-refused-fields': rules(
    'openai',
    'An unsupported field that would change the meaning is refused, and the error names it',
  ),
  'openai-reasoning': openai(
    'Reasoning',
    "The model's reasoning is content of a reasoning item, and its summary where reasoning.summary asks for one; also in a stream",
  ),
  'openai-reasoning-kept': openai(
    'Reasoning',
    'The provider reads its reasoning again during a turn, whether the server or the client keeps the context',
  ),
  'openai-encrypted-reasoning': openai(
    'Reasoning',
    'include reasoning.encrypted_content seals reasoning for its caller; other content is 400 invalid_encrypted_content',
  ),
  'openai-adds-up': openResponses(
    'Streaming',
    'Events are numbered without gaps, items do not overlap, deltas add up to their items, and the last response equals the stored one',
  ),
  'openai-stream-error': openResponses(
    'Streaming',
    'A failed stream ends with an error event that has the message, then response.failed; stock clients throw it',
  ),
  'openai-disconnect': rules('openai', 'A foreground client that disconnects ends the provider call'),
  'openai-web-search': openai(
    'Web search',
    'web_search over any provider: items with their actions and sources, events of their phases, and the cited pages as annotations',
  ),
  'openai-native-tools': openai(
    'Web search',
    'A provider with `hosted_tools: native` runs its own tools: the items and events are those of tools that run here, and another provider goes on with them',
  ),
  'openai-unsupported-tools': rules(
    'tool types',
    'With UNSUPPORTED_TOOLS=skip, tools of types that the server does not have are left out, and the response says so in warnings',
  ),
  'openai-custom-tools': openai(
    'Custom tools',
    'Custom tools over any provider: calls with text as input; a grammar that is a regular expression holds, and one that cannot be checked is 400',
  ),
  'openai-client-tools': openai(
    'Shell, apply patch and computer use',
    'Tools that the caller runs, over any provider: items with their actions, events, and outputs sent with and without a stored response',
  ),
  'openai-tool-choice': openResponses(
    'tool_choice',
    'auto, none, required and a function are passed on; a function that cannot be called is 400',
  ),
  'openai-schema-order': openai(
    'Structured outputs',
    'The fields of a schema keep their order, in the foreground and in the background',
  ),
  'openai-json-object': rules('answers by a schema', 'json_object gets a JSON object or fails'),
  'openai-content': openai('Items', 'Inputs have text, image and file parts; outputs have text and refusals'),
  'openai-file-url': openai('Items', 'A linked file is fetched for a provider that takes only data'),
  'openai-provider-words': rules(
    'errors',
    "A context overflow in a provider's own words is context_length_exceeded; an account without credit is not retried",
  ),
  'openai-incomplete': openResponses('Incomplete', 'A truncated answer is incomplete and has its reason'),
  'openai-parallel-calls': openai('Function calling', 'Parallel calls have output indexes of their own'),
  'openai-missing-output': openai(
    'Function calling',
    'Each call needs its output, and each output needs its call',
  ),
  'openai-item-reference': openai('Items', "An item_reference stands for one of the caller's items"),
  'openai-previous': openResponses(
    'previous_response_id',
    'continues with input and output, without instructions; an unknown one and another caller’s are 400 previous_response_not_found, a failed one is 400',
  ),
  'openai-context-items': rules(
    'openai',
    'input_items lists the whole context, with instructions and earlier turns',
  ),
  'openai-list': rules(
    'openai',
    'GET /v1/responses lists by status, model, conversation and metadata, in pages',
  ),
  'openai-count': openai('Input token counts', 'input_tokens estimates the tokens of the input'),
  'openai-compact': openResponses(
    'Compact a response',
    'A context becomes the user messages and a compaction that only its caller can send back, also as a response that others follow',
  ),
  'openai-conversations': openai('Conversations', 'Conversations are created, read, changed and deleted'),
  'openai-conversation-items': openai('Conversations', 'Items are added, listed in pages, read and deleted'),
  'openai-conversation-turns': openai(
    'Conversations',
    'A response continues its conversation, which has its input and output once it has ended',
  ),
  'openai-conversation-unknown': rules(
    'openai',
    'An unknown conversation is 404: a mistyped id never starts another conversation',
  ),
  'openai-conversation-lock': rules(
    'openai',
    'A second run in a conversation is 409 conversation_locked, in any dialect',
  ),
  'openai-session': openai('Agents SDK', 'OpenAIConversationsSession keeps an agent’s session here'),
  'openai-late-cancel': rules('openai', 'Cancelling an ended foreground response is 400'),
  'openai-no-retry': rules(
    'openai',
    'Errors that clients retry carry x-should-retry: false after tools have run',
  ),
  'no-repeat-after-tools': rules(
    'openai',
    'Errors that stock clients retry carry x-should-retry: false once tools ran',
  ),
} satisfies Record<string, Requirement>;
