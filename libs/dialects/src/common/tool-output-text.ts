/**
 * Whether an object of a request's body is the output of a tool: an output item of the Responses API, a message of role `tool`, a `tool_result` block, or the body
 * that `tool_outputs` takes. Its texts are made storable like those of server tools: they come from programs and pages, not from the caller.
 */
export function isToolOutput(object: Readonly<Record<string, unknown>>): boolean {
  const { type, role, output } = object;
  if (role === 'tool') return true;
  if (typeof type === 'string') return /_call_output$|^(mcp_)?tool_result$/.test(type);
  return typeof object.tool_call_id === 'string' && output !== undefined;
}
