import {
  type AddedTools,
  type ClientTool,
  type HostedTool,
  type Item,
  ownLabel,
  qualifiedToolName,
  type Response,
} from '@antiphon/contracts';

/**
 * A response with the tools that items of its context add: those of a later item replace earlier ones of the same name, and the request's own
 * replace them all.
 */
export function withAddedTools(response: Response, context: readonly Item[]): Response {
  const added = context.flatMap(addedBy);
  if (added.length === 0) return response;
  const clientTools = new Map<string, ClientTool>();
  const hostedTools = new Map<string, HostedTool>();
  for (const tools of [...added, response]) {
    for (const tool of tools.clientTools) clientTools.set(tool.name, tool);
    for (const tool of tools.hostedTools ?? []) hostedTools.set(tool.kind, tool);
  }
  return { ...response, clientTools: [...clientTools.values()], hostedTools: [...hostedTools.values()] };
}

/** The names of the tools that searches in a context have found, in their order, as models know them; a server's label for all its tools. */
export function foundNames(context: readonly Item[]): string[] {
  return context.flatMap((item) => {
    if (item.type !== 'function_call_output' || !item.tools) return [];
    const { clientTools, serverTools = [] } = item.tools;
    const ofServers = serverTools.flatMap(({ label, names }) =>
      names === null
        ? [label]
        : names.map((name) => (label === ownLabel ? name : qualifiedToolName(label, name))),
    );
    return [...clientTools.map(({ name }) => name), ...ofServers];
  });
}

function addedBy(item: Item): AddedTools[] {
  if (item.type === 'additional_tools') return [item.tools];
  return item.type === 'function_call_output' && item.tools ? [item.tools] : [];
}
