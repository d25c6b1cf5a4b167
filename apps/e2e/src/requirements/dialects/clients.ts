import { openResponses, rules, type Requirement } from '../requirement.ts';

/** Stock clients, the WebSocket transport, and the documents that describe the API. */
export const clientRequirements = {
  'socket-turn': openResponses(
    'WebSocket',
    'A response.create message gets the events of a stream, each as one message, and no [DONE]',
  ),
  'socket-http-fields': openResponses(
    'WebSocket',
    'stream_options and background are refused, and a stream that is not true',
  ),
  'socket-unstored': openResponses(
    'WebSocket',
    'A turn that is not stored can be continued on its own connection and nowhere else',
  ),
  'socket-evicts': openResponses('WebSocket', 'A failed turn evicts the response that it went on from'),
  'socket-one-at-a-time': openResponses(
    'WebSocket',
    'One response at a time: further turns wait, in order and within a bound',
  ),
  'socket-errors': openResponses(
    'WebSocket',
    'What is wrong with a message is an error event with a status, and the connection goes on',
  ),
  'socket-lifetime': openResponses(
    'WebSocket',
    'A connection that has been open for its time is told websocket_connection_limit_reached',
  ),
  'socket-auth': rules('openai', 'Who may not call gets 401 before the upgrade'),
  'socket-gone': rules('openai', 'A client that leaves aborts its run'),
  'socket-bounds': rules('openai', 'Messages, silence, slow readers and connections are bounded'),
  'socket-shutdown': rules('openai', 'A server that stops closes with 1001 once the turn has ended'),
  'sdk-parse': rules('openai', 'The stock SDK parses structured outputs and function arguments with zod'),
  'sdk-items': openResponses(
    'Items',
    'The stock SDK reads reasoning, refusals, parallel calls, server tools and early ends',
  ),
  'sdk-versions': openResponses('Clients', 'Versions 5, 6 and 7 of the stock SDK work alike'),
  'sdk-errors': rules(
    'openai',
    'The stock SDK throws its class for each status, and repeats what may be repeated',
  ),
  'client-agents': openResponses(
    'Clients',
    '@openai/agents runs agents, tools, streams, handoffs, approvals and structured outputs, over HTTP and WebSocket',
  ),
  'client-vercel-ai': openResponses(
    'Clients',
    'ai with @ai-sdk/openai and @ai-sdk/open-responses generates and streams text, tools and objects',
  ),
  'client-langchain': openResponses(
    'Clients',
    '@langchain/openai invokes, streams, binds tools, structures outputs and goes on from its turns',
  ),
  'docs-replies': rules('Documents', 'Every answer, good or bad, is what the OpenAPI documents say'),
  'docs-page': rules('Documents', '/docs shows the OpenAPI documents, and loads nothing from elsewhere'),
} satisfies Record<string, Requirement>;
