import { architecture, openai, rules, type Requirement } from '../requirement.ts';

/** MCP servers: those that a request names, those that are registered, and our own. */
export const mcpRequirements = {
  'mcp-remote-list': openai(
    'MCP',
    'The tools of a remote server are listed as an item, filtered by allowed_tools',
  ),
  'mcp-remote-call': openai(
    'MCP',
    'Calls are mcp_call items with the server’s label and the tool’s own name',
  ),
  'mcp-remote-images': openai('MCP', 'The model sees the images that a tool gives back'),
  'mcp-remote-transports': openai('MCP', 'A remote server is reached by streamable HTTP and by SSE'),
  'mcp-remote-once': openai('MCP', 'A later turn goes by the list in its context'),
  'mcp-remote-dead': rules(
    'openai',
    'A server that cannot be asked is a list with an error, and the run goes on',
  ),
  'mcp-remote-secrets': rules(
    'openai',
    'What a server is sent is kept sealed while the response runs, and nowhere shown',
  ),
  'mcp-remote-names': rules(
    'openai',
    'Tools whose names models cannot take are renamed for them and called by their own; left_out says what cannot be offered',
  ),
  'mcp-remote-data': architecture(
    'Decisions',
    'The model reads that tool results and the descriptions of remote tools are data',
  ),
  'mcp-registered-pin': architecture(
    'Decisions',
    'Tools of a pinned server that changed are refused until the owner confirms them',
  ),
  'mcp-remote-guard': architecture('Invariants', 'A remote server may not be a private address'),
  'mcp-approval': openai('MCP', 'require_approval: always, never, and for some tools'),
  'mcp-approval-stream': openai('MCP', 'An approval request is told in a stream as it is in the answer'),
  'mcp-approval-answer': openai(
    'MCP',
    'Approved calls run before the model goes on, denied ones are told to it',
  ),
  'mcp-approval-once': rules(
    'openai',
    'An approval request is answered once, and all of a response together',
  ),
  'mcp-approval-background': rules('openai', 'Approvals hold for background responses too'),
  'mcp-approval-own': rules(
    'openai',
    'Server tools under the label antiphon can be made to wait for approval',
  ),
  'mcp-agents-sdk': openai('MCP', 'hostedMcpTool of the Agents SDK lists, asks, and calls'),
  'mcp-registered': rules(
    'all dialects',
    'A server registered at /v1/mcp/servers is used in runs of its owner alone',
  ),
  'mcp-registered-tools': architecture(
    'Decisions',
    'Whoever registers a server says of its single tools what differs: on or off, description, approval',
  ),
  'mcp-failures': architecture(
    'Decisions',
    'What a tool cannot do is data, for the model in a run and for the client at /mcp: unknown tools, arguments, URLs',
  ),
  'mcp-endpoint': rules(
    'all dialects',
    'The protocol’s own client lists and calls at /mcp through the gateway',
  ),
} satisfies Record<string, Requirement>;
