import { agentRequirements } from './requirements/dialects/agent.ts';
import { codexRequirements } from './requirements/dialects/codex.ts';
import { promptRequirements } from './requirements/dialects/prompts.ts';
import { faultRequirements } from './requirements/runs/faults.ts';
import { entryRequirements } from './requirements/entry/entry.ts';
import { eventRequirements } from './requirements/runs/events.ts';
import { openaiRequirements } from './requirements/dialects/openai.ts';
import { webhookRequirements } from './requirements/runs/webhooks.ts';
import { clientRequirements } from './requirements/dialects/clients.ts';
import { mcpRequirements } from './requirements/models/mcp.ts';
import { limitRequirements } from './requirements/entry/limits.ts';
import { tracingRequirements } from './requirements/runs/tracing.ts';
import { providerRequirements } from './requirements/models/providers.ts';
import { kept } from './requirements/runs/kept.ts';

import {
  architecture,
  jan,
  openai,
  openResponses,
  type Requirement,
  rules,
  standards,
  webhooks,
} from './requirements/requirement.ts';

export type { Requirement } from './requirements/requirement.ts';

const all = {
  // --- authentication ----------------------------------------------------------------------------------------------------
  'auth-guest-login': jan(
    'Authentication',
    'POST /llm/auth/guest-login without a body gives an access token',
  ),
  'auth-required': jan('Authentication', 'All Response API calls require authentication'),
  'auth-login-answer': rules('jan', 'guest-login answers 201 with user, tokens, token type and lifetime'),
  'auth-refresh-rotates': standards(
    'RFC 8725 and OAuth 2.1',
    'A refresh token works once and gives the next one; reuse ends the whole login',
  ),
  'auth-upgrade': rules(
    'jan',
    'POST upgrade gives an account its address and answers {"status":"upgraded"}; its rights stay a guest’s until the address is proven',
  ),
  'auth-logout': rules('jan', 'GET or POST logout ends the login; its tokens are refused everywhere'),
  'auth-me': rules('jan', 'GET me tells who the token stands for'),
  'auth-validate-revoke': rules(
    'jan',
    'POST validate tells whether a token counts; POST revoke takes one back',
  ),
  'auth-api-keys': rules(
    'jan',
    'API keys are made, listed and deleted; the key is shown once and works as bearer and as X-API-Key',
  ),
  'auth-jwks': architecture('Map', 'The public signing keys are at /.well-known/jwks.json'),
  'auth-rs256-only': standards(
    'RFC 8725 and OAuth 2.1',
    'Only RS256 tokens of our own keys count: none, HS256 by the public key, strangers and expired ones are 401',
  ),
  'auth-foreign-is-unknown': rules(
    'all dialects',
    'What belongs to somebody else is 404, as if it did not exist',
  ),

  // --- jan: create ---------------------------------------------------------------------------------------------------------
  'jan-create': jan(
    'Simple Tool Execution',
    'POST /responses/v1/responses answers the response object, field by field',
  ),
  'jan-schema': jan('Response Object Schema', 'The object has the fields and types of the schema'),
  'jan-times': rules(
    'where the dialects differ',
    'created_at is ISO 8601; other times are ISO in the foreground and unix seconds in the background',
  ),
  'jan-tool-executions': jan(
    'Simple Tool Execution',
    'tool_executions tell name, input, output, time, depth and status of each call',
  ),
  'jan-usage': rules('jan', 'usage is summed over the whole loop'),
  'jan-chained-tools': jan(
    'Chained Tool Execution',
    'Tools are called one after the other, each at the next depth, under the system prompt',
  ),
  'jan-settings': jan(
    'Response Object Schema',
    'system_prompt, temperature and max_tokens reach the model and are echoed',
  ),
  'jan-parallel-tools': architecture(
    'A run',
    'The calls of one turn run at the same time and are reported in call order',
  ),
  'jan-tool-failure': architecture(
    'A run',
    'A failed tool, an unknown tool and bad arguments are data for the model',
  ),
  'jan-tool-selection': rules(
    'where the dialects differ',
    'Without tools the model is offered all of the server; tools selects among them',
  ),
  'jan-client-tools': rules(
    'where the dialects differ',
    "A caller's own function pauses the run: in_progress; the next request sends its output",
  ),
  'jan-depth': jan(
    'Controlling Tool Depth',
    'metadata.max_depth limits the chain, within the server-wide limit',
  ),
  'jan-depth-exceeded': jan(
    'Error Handling',
    'Exceeding it is 422 max_depth_exceeded, with the effective limit in the message',
  ),
  'jan-store-false': rules('where the dialects differ', 'store: false leaves nothing behind'),
  'jan-previous-response': rules(
    'where the dialects differ',
    'previous_response_id goes on from an earlier response',
  ),
  'jan-conversation': rules(
    'where the dialects differ',
    'conversation goes on from what was said in it; an unknown one is 404',
  ),
  'refused-before-stream': rules(
    'all dialects',
    'What would be refused plainly is refused before a stream opens: an unknown model, a context that does not fit',
  ),
  'history-bounded': architecture(
    'Invariants',
    'A history that is larger than a context may be is refused before it is loaded, and lists of what is large are read in pages',
  ),
  'jan-user-field': rules('jan', "The body's user never overrides the token's subject"),
  'jan-unknown-fields': rules('where the dialects differ', 'Unknown fields are ignored'),
  'jan-mcp': rules('jan', 'An entry of tools of the type mcp is an MCP server, without approvals'),
  'jan-unknown-tool': rules('jan', 'A name in tools that is no tool of the server is a 400'),
  'jan-disconnect': architecture(
    'Invariants',
    'A client that goes away ends the provider call within 200 ms, streaming or not',
  ),
  'jan-cross-dialect': architecture(
    'Map',
    'A response made through one dialect can be read through the other',
  ),

  // --- jan: stream ---------------------------------------------------------------------------------------------------------
  'jan-stream': jan('Streaming Responses', 'Server-sent events: tool_execution, delta.content, [DONE]'),
  'jan-stream-writes': rules(
    'jan',
    'One event per write: the JavaScript client of the document does not buffer',
  ),
  'jan-stream-failure': rules('jan', 'A failure is a last error line before [DONE]'),
  'jan-stream-heartbeat': rules('where the dialects differ', 'A silent stream carries comments'),
  'jan-stream-stored': architecture('A run', 'A streamed response is stored and can be read afterwards'),

  // --- jan: background -----------------------------------------------------------------------------------------------------
  'jan-background': jan(
    'Creating Background Tasks',
    'background answers at once: queued, queued_at a unix time',
  ),
  'jan-background-runs': jan(
    'Polling for Status',
    'queued, in_progress with started_at, completed with output',
  ),
  'jan-background-store': rules(
    'where the dialects differ',
    'background with store: false is 400 "background mode requires store=true"',
  ),
  'jan-background-stream': rules('where the dialects differ', 'background ignores stream and answers JSON'),
  'jan-background-failed': jan(
    'Polling for Status',
    'A background run that fails is failed, with error as a string',
  ),
  'jan-background-timeout': rules('jan', 'A background run past its time is failed'),
  'jan-cancel': jan(
    'Cancelling Background Tasks',
    'Cancel answers the response, cancelled, with cancelled_at',
  ),
  'jan-cancel-queued': rules('all dialects', 'What is queued is cancelled at once and never runs'),
  'jan-cancel-aborts': architecture(
    'Invariants',
    'Cancel closes the provider connection within 200 ms, and the status stays cancelled',
  ),
  'jan-cancel-final': rules(
    'where the dialects differ',
    'Cancel of a finished response is 200 with its current state; twice is the same as once',
  ),
  'background-crash': architecture(
    'Invariants',
    'A run whose worker is killed goes on elsewhere; finished tool calls are not repeated',
  ),
  'background-hand-over': architecture('A run', 'A worker that is stopped hands its runs over at once'),

  // --- webhooks -------------------------------------------------------------------------------------------------------------
  'webhook-payload': jan(
    'Webhook Notifications',
    'The webhook is POSTed to metadata.webhook_url with the payload of the document',
  ),
  'webhook-failed': jan('Webhook Notifications', 'A failed run tells error as a string'),
  'webhook-cancelled': architecture('A run', 'A cancelled run tells so'),
  'webhook-headers': rules('jan', 'X-Jan-Event and X-Jan-Response-ID'),
  'webhook-signature': webhooks(
    'Signature scheme',
    'webhook-id, webhook-timestamp and webhook-signature verify with the stock libraries',
  ),
  'webhook-retries': webhooks(
    'Deliverability and reliability',
    'A failed attempt is repeated under the same webhook-id',
  ),
  'webhook-redirect': webhooks('Deliverability and reliability', '3xx is a failure and is not followed'),
  'webhook-gone': webhooks('Deliverability and reliability', '410 ends the attempts'),
  'webhook-bounded': jan(
    'Environment Variables',
    'At most WEBHOOK_MAX_RETRIES retries, each within WEBHOOK_TIMEOUT',
  ),
  'webhook-secret': architecture(
    'Decisions',
    'Each caller has a secret of its own, read at /v1/webhooks/secret',
  ),
  'webhook-url': architecture('Invariants', 'A webhook_url that may not be reached is refused on create'),
  ...webhookRequirements,

  // --- faults ---------------------------------------------------------------------------------------------------------------
  ...faultRequirements,

  // --- jan: management and errors -------------------------------------------------------------------------------------------
  'jan-retrieve': jan('Get Response Details', 'GET answers the stored response as it was answered'),
  'jan-input-items': jan(
    'List Input Items',
    'input_items is a bare array of role and content, with everything the model was sent',
  ),
  'jan-delete': jan('Delete Response', 'DELETE is 204; afterwards the response is 404'),
  'jan-delete-running': rules('all dialects', 'DELETE of a running response cancels it first'),
  'jan-error-400': jan('Error Handling', 'A missing field is 400 with error.message and error.type'),
  'jan-error-404': jan('Error Handling', 'An unknown response is 404'),
  'jan-error-408': jan('Error Handling', 'A run that ends in a tool timeout is 408 tool_timeout'),
  'jan-tool-timeout': rules('jan', "A tool's timeout is data for the model"),
  'no-repeat-after-tools': rules(
    'openai',
    'Errors that stock clients repeat carry x-should-retry: false once tools ran',
  ),

  // --- bad input -------------------------------------------------------------------------------------------------------------
  'bad-json': architecture('Invariants', 'Malformed JSON is 400 in the shape of the dialect'),
  'bad-types': architecture('Invariants', 'A field of the wrong type is 400 and is named'),
  'bad-values': architecture('Invariants', 'A number out of range, however large, is 400 and is named'),
  'bad-ids': architecture('Invariants', 'An id that cannot be one is 404, whatever it holds'),
  'bad-size': architecture('Invariants', 'A body over the limit is 413'),
  'bad-depth': architecture('Invariants', 'A body nested too deeply is 400'),
  'bad-text': architecture(
    'Invariants',
    'NUL characters, lone surrogates and __proto__ are 400; a path with a NUL is 404',
  ),
  'bad-content-type': architecture('Invariants', 'A body that is not JSON is 415'),
  'bad-anything': architecture('Invariants', 'No input makes a 5xx, and the service lives on'),
  'bad-output': architecture(
    'Invariants',
    'What models and tools say may hold anything: it is stored all the same',
  ),
  'bad-provider': architecture(
    'Invariants',
    "A provider's failures are told as ours, its 401 is never the caller's",
  ),

  // --- openai ---------------------------------------------------------------------------------------------------------------
  'openai-create': openResponses('Responses', 'The stock client creates a response and reads its text'),
  'openai-stream': openResponses(
    'Streaming',
    'The stock stream helper reads the events to the final response; sequence numbers have no gaps',
  ),
  'openai-frames': openResponses(
    'Streaming',
    'Each frame leaves whole, its event names its type; heartbeats are comments; the end is [DONE]',
  ),
  'openai-retrieve': openResponses('Responses', 'retrieve gives what create answered'),
  'openai-delete': rules(
    'where the dialects differ',
    'delete answers {id, object, deleted} and the response is gone',
  ),
  'openai-input-items': rules('where the dialects differ', 'input items are a list with pages'),
  'openai-errors': rules('openai', 'The stock client throws its own error classes'),
  'openai-functions': openResponses(
    'Tools',
    'A function call comes back to the caller and goes on by previous_response_id',
  ),
  'openai-background': openai('Background mode', 'background is queued, polled and cancelled'),
  ...openaiRequirements,

  // --- llm ------------------------------------------------------------------------------------------------------------------
  'llm-models': openai('Models', 'models.list and models.retrieve'),
  'llm-chat': openai('Chat completions', 'The stock client gets a completion, plain and streamed'),
  'llm-tools': openai('Chat completions', 'Tool calls come back, plain and streamed'),
  'llm-errors': openai('Chat completions', 'The stock client throws its own error classes'),

  // --- gateway ---------------------------------------------------------------------------------------------------------------
  'gateway-rate-limit': rules(
    'all dialects',
    '429 carries Retry-After and X-RateLimit-Limit/Remaining/Reset',
  ),
  'gateway-request-id': rules('all dialects', 'Every reply carries x-request-id'),
  'gateway-cors': architecture('Map', 'Browsers may call: preflight and exposed headers'),
  'gateway-identity': architecture('Map', 'An identity in a header is worth nothing'),
  'gateway-health': architecture('Map', '/healthz and /readyz answer for the whole system'),
  'gateway-routes': architecture('Map', 'What no route takes is 404; prefixes end at a segment'),

  // --- prompts ---------------------------------------------------------------------------------------------------------------
  ...promptRequirements,

  // --- examples --------------------------------------------------------------------------------------------------------------
  examples: architecture(
    'Map',
    'Every example runs as it is, against a scripted model and against the demo provider',
  ),

  // --- events and traces -----------------------------------------------------------------------------------------------------
  ...eventRequirements,
  ...clientRequirements,
  ...agentRequirements,
  ...codexRequirements,
  ...mcpRequirements,
  ...tracingRequirements,
  ...providerRequirements,
  ...entryRequirements,
  ...limitRequirements,

  ...kept,
} satisfies Record<string, Requirement>;

export type RequirementId = keyof typeof all;

export const requirements: Readonly<Record<RequirementId, Requirement>> = all;
