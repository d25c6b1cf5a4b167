import { openResponses, rules, type Requirement } from '../requirement.ts';

/** Stock clients, the WebSocket transport, and the documents that describe the API. */
export const clientRequirements = {
  'socket-turn': openResponses(
    'WebSocket',
    'A response.create message gets the events of a stream, one message each, without [DONE]',
  ),
  'socket-http-fields': openResponses(
    'WebSocket',
    'stream_options, background and a stream other than true are refused',
  ),
  'socket-unstored': openResponses(
    'WebSocket',
    'An unstored turn can be continued on its own connection only',
  ),
  'socket-evicts': openResponses('WebSocket', 'A failed turn evicts the response that it continued'),
  'socket-one-at-a-time': openResponses(
    'WebSocket',
    'One response runs at a time; further turns wait, in order and up to a limit',
  ),
  'socket-errors': openResponses(
    'WebSocket',
    'A bad message gets an error event with a status, and the connection stays open',
  ),
  'socket-lifetime': openResponses(
    'WebSocket',
    'A connection that reaches its maximum age gets websocket_connection_limit_reached',
  ),
  'socket-auth': rules('openai', 'A caller without access gets 401 before the upgrade'),
  'socket-gone': rules('openai', 'A client that disconnects aborts its run'),
  'socket-bounds': rules('openai', 'Messages, silence, slow readers and connections are bounded'),
  'socket-shutdown': rules('openai', 'A server that stops closes with 1001 once the turn has ended'),
  'sdk-parse': rules('openai', 'The stock SDK parses structured outputs and function arguments with zod'),
  'sdk-items': openResponses(
    'Items',
    'The stock SDK reads reasoning, refusals, parallel calls, server tools and incomplete answers',
  ),
  'sdk-versions': openResponses('Clients', 'Versions 5, 6 and 7 of the stock SDK work alike'),
  'sdk-errors': rules(
    'openai',
    'The stock SDK throws its class for each status, and retries the errors that allow it',
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
    '@langchain/openai invokes, streams, binds tools, structures outputs and continues its turns',
  ),
  'client-agents-tools': openResponses(
    'Clients',
    '@openai/agents runs each tool of the API that it exports, and continues with the items of its calls',
  ),
  'client-vercel-ai-tools': openResponses(
    'Clients',
    'ai with the tools of @ai-sdk/openai runs them in several steps, stored and unstored',
  ),
  'client-langchain-tools': openResponses(
    'Clients',
    '@langchain/openai binds the tools of the API, and sends their items back',
  ),
  'client-chat-apps': rules(
    'openai',
    'Requests in the shapes of LibreChat and Open WebUI are answered as these programs read answers',
  ),
  'client-codex-cli': openResponses(
    'Clients',
    'The Codex CLI runs commands, patches, web searches and MCP tools, over HTTP and WebSocket, and compacts its context',
  ),
  'client-claude-code': rules(
    'messages',
    'Claude Code runs commands, changes files, searches the web, counts and compacts its context with a base URL, a key and a model',
  ),
  'docs-replies': rules('Documents', 'Every reply and every error matches the OpenAPI documents'),
  'docs-page': rules('Documents', '/docs shows the OpenAPI documents and loads nothing from other hosts'),
} satisfies Record<string, Requirement>;
