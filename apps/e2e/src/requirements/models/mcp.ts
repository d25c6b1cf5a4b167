import { architecture, openai, rules, type Requirement } from '../requirement.ts';

/** MCP servers: those that a request names, registered ones, and our own. */
export const mcpRequirements = {
  'tools-try': rules(
    'Tools without a model',
    'GET /v1/tools lists the tools of a caller; POST /v1/tools/{name}/try calls one without a model, with the scope `tools`',
  ),
  'mcp-remote-list': openai(
    'MCP',
    'The tools of a remote server are listed as an item, filtered by allowed_tools',
  ),
  'mcp-remote-call': openai(
    'MCP',
    'Calls are mcp_call items with the server’s label and the tool’s own name',
  ),
  'mcp-remote-images': openai('MCP', 'The model sees the images that a tool returns'),
  'mcp-remote-transports': openai('MCP', 'A remote server is reached by streamable HTTP and by SSE'),
  'mcp-remote-once': openai('MCP', 'A later turn uses the list in its context'),
  'mcp-remote-dead': rules('openai', 'An unreachable server is a list with an error, and the run continues'),
  'mcp-remote-secrets': rules(
    'openai',
    "A server's credentials are sealed while the response runs, and never shown",
  ),
  'mcp-remote-names': rules(
    'openai',
    'Tools with names that models cannot take are renamed for the model and called by their own names; left_out lists the tools that cannot be offered',
  ),
  'mcp-remote-data': architecture(
    'Decisions',
    'The instructions declare tool results and the descriptions of remote tools as data',
  ),
  'mcp-registered-pin': architecture(
    'Decisions',
    'Changed tools of a pinned server are refused until the owner confirms them',
  ),
  'mcp-remote-guard': architecture('Invariants', 'A remote server may not have a private address'),
  'mcp-approval': openai('MCP', 'require_approval: always, never, and for some tools'),
  'mcp-approval-stream': openai('MCP', 'A stream has the approval request as the JSON answer has it'),
  'mcp-approval-answer': openai(
    'MCP',
    'Approved calls run before the next turn; the model reads which calls were denied',
  ),
  'mcp-approval-once': rules(
    'openai',
    'An approval request is answered once, together with all others of its response',
  ),
  'mcp-approval-background': rules('openai', 'Approvals hold for background responses too'),
  'mcp-approval-own': rules('openai', 'Server tools under the label antiphon can require approval'),
  'mcp-agents-sdk': openai('MCP', 'hostedMcpTool of the Agents SDK lists, requests approval, and calls'),
  'mcp-registered': rules(
    'all dialects',
    'A server registered at /v1/mcp/servers is used in runs of its owner alone',
  ),
  'mcp-registered-tools': architecture(
    'Decisions',
    'The owner of a registered server sets up its single tools: on or off, description, approval',
  ),
  'mcp-failures': architecture(
    'Decisions',
    'Unknown tools, bad arguments and refused URLs are outputs for the model in a run and for the client at /mcp',
  ),
  'mcp-endpoint': rules(
    'all dialects',
    'The official MCP client lists and calls at /mcp through the gateway',
  ),
} satisfies Record<string, Requirement>;
