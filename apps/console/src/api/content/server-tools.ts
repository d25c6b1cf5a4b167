import { useQuery } from '@tanstack/react-query';
import { getJson, sendJson } from '../http.ts';

/** A tool of this server, as its MCP endpoint lists it. */
export interface ServerTool {
  name: string;
  description?: string;
  annotations?: { readOnlyHint?: boolean; destructiveHint?: boolean };
}

interface ToolPage {
  result?: { tools: ServerTool[]; nextCursor?: string };
  error?: { message: string };
}

const pagesMax = 10;
const staleMs = 60_000;

/** The tools of this server that the caller may use. */
export function useServerTools() {
  return useQuery({
    queryKey: ['server-tools'],
    queryFn: ({ signal }) => readTools(signal),
    staleTime: staleMs,
  });
}

async function readTools(signal: AbortSignal): Promise<ServerTool[]> {
  const tools: ServerTool[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < pagesMax; page++) {
    const { result, error } = await sendJson<ToolPage>('/mcp', {
      method: 'POST',
      headers: { accept: 'application/json, text/event-stream' },
      body: {
        jsonrpc: '2.0',
        id: page,
        method: 'tools/list',
        params: cursor === undefined ? {} : { cursor },
      },
      signal,
    });
    if (!result) throw new Error(error?.message ?? 'The tools cannot be listed.');
    tools.push(...result.tools);
    cursor = result.nextCursor;
    if (cursor === undefined) break;
  }
  return tools;
}

/** The labels of the MCP servers that are registered for the caller. */
export function useServerLabels() {
  return useQuery({
    queryKey: ['mcp-servers', 'labels'],
    queryFn: ({ signal }) => getJson<{ data: { label: string }[] }>('/v1/mcp/servers', signal),
    select: ({ data }) => data.map(({ label }) => label),
    staleTime: staleMs,
  });
}
