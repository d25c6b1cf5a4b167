import { architecture, jan, rules, type Requirement } from '../requirement.ts';

/** The dialect of the Jan document in the foreground: create, stream, retrieve, delete and its errors. */
export const janRequirements = {
  'jan-create': jan(
    'Simple Tool Execution',
    'POST /responses/v1/responses returns the response object, field by field',
  ),
  'jan-schema': jan('Response Object Schema', 'The object has the fields and types of the schema'),
  'jan-times': rules(
    'where the dialects differ',
    'created_at is ISO 8601; other times are ISO in the foreground and unix seconds in the background',
  ),
  'jan-tool-executions': jan(
    'Simple Tool Execution',
    'tool_executions lists name, input, output, time, depth and status of each call',
  ),
  'jan-usage': rules('jan', 'usage is the sum over all turns'),
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
    'A failed tool, an unknown tool and bad arguments become tool outputs that the model reads',
  ),
  'jan-tool-selection': rules(
    'where the dialects differ',
    'Without tools the model is offered all tools of the server; tools selects among them',
  ),
  'jan-client-tools': rules(
    'where the dialects differ',
    "A call of the caller's own function pauses the run as in_progress; the next request sends its output",
  ),
  'jan-depth': jan(
    'Controlling Tool Depth',
    'metadata.max_depth limits the chain, within the server-wide limit',
  ),
  'jan-depth-exceeded': jan(
    'Error Handling',
    'A longer chain is 422 max_depth_exceeded, with the effective limit in the message',
  ),
  'jan-store-false': rules('where the dialects differ', 'store: false stores nothing'),
  'jan-previous-response': rules(
    'where the dialects differ',
    'previous_response_id continues an earlier response',
  ),
  'jan-conversation': rules(
    'where the dialects differ',
    'conversation continues with the turns of that conversation; an unknown one is 404',
  ),
  'refused-before-stream': rules(
    'all dialects',
    'A request that is refused without stream is refused before a stream opens: an unknown model, a context that does not fit',
  ),
  'history-bounded': architecture(
    'Invariants',
    'A history larger than the limit of a context is refused before it is loaded, and lists of large rows are read in pages',
  ),
  'jan-user-field': rules('jan', "The body's user never overrides the token's subject"),
  'jan-unknown-fields': rules('where the dialects differ', 'Unknown fields are ignored'),
  'jan-mcp': rules('jan', 'An entry of tools with type mcp is an MCP server, without approvals'),
  'jan-unknown-tool': rules('jan', 'A name in tools that the server does not have is 400'),
  'jan-disconnect': architecture(
    'Invariants',
    'A client that disconnects ends the provider call within 200 ms, streaming or not',
  ),
  'jan-cross-dialect': architecture(
    'Map',
    'A response created through one dialect can be read through another',
  ),
  'jan-stream': jan('Streaming Responses', 'Server-sent events: tool_execution, delta.content, [DONE]'),
  'jan-stream-writes': rules(
    'jan',
    'One event per write: the JavaScript client of the document does not buffer',
  ),
  'jan-stream-failure': rules('jan', 'A failed stream has a last error line before [DONE]'),
  'jan-stream-heartbeat': rules('where the dialects differ', 'A silent stream carries comments'),
  'jan-stream-stored': architecture('A run', 'A streamed response is stored and can be read afterwards'),
  'jan-retrieve': jan('Get Response Details', 'GET returns the stored response as create returned it'),
  'jan-input-items': jan(
    'List Input Items',
    'input_items is a bare array of role and content, with everything that the model was sent',
  ),
  'jan-delete': jan('Delete Response', 'DELETE is 204; afterwards the response is 404'),
  'jan-delete-running': rules('all dialects', 'DELETE of a running response cancels it first'),
  'jan-error-400': jan('Error Handling', 'A missing field is 400 with error.message and error.type'),
  'jan-error-404': jan('Error Handling', 'An unknown response is 404'),
  'jan-error-408': jan('Error Handling', 'A run that ends in a tool timeout is 408 tool_timeout'),
  'jan-tool-timeout': rules('jan', "A tool's timeout becomes its output, which the model reads"),
} satisfies Record<string, Requirement>;
