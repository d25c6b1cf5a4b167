import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getJson, sendJson } from '../../api/http.ts';
import { type ApprovalPolicy, toolsKey } from '../tools-api.ts';

export type Transport = 'streamable_http' | 'sse';

interface Fault {
  code: string;
  message: string;
}

/** An MCP server. The values of its headers are never shown. Times are seconds since the epoch. */
export interface Server {
  label: string;
  /** Null where the caller may not see it, and so not change the server. */
  url: string | null;
  transport: Transport | null;
  header_names: string[];
  /** By the server's names; null: all. */
  allowed_tools: string[] | null;
  approval: ApprovalPolicy;
  timeouts: Timeouts;
  /** Calls at the same time; null: as many as the operator allows. */
  concurrency: number | null;
  enabled: boolean;
  /** Whether its tools must be those that its owner approved. */
  pin: boolean;
  /** Whether tools differ from the approved ones; null: it is not pinned, or its tools were not listed lately. */
  changed: boolean | null;
  shared: boolean;
  source: 'api' | 'file' | 'request';
  status: 'unknown' | 'connected' | 'failing';
  error: Fault | null;
}

/** How long a server may take, in milliseconds. */
export interface Timeouts {
  connect_ms: number;
  list_ms: number;
  call_ms: number;
}

/** The fields that a change sends; those that it leaves out stay. `headers`: all of them, null for none. */
export interface ServerChange {
  url?: string;
  transport?: Transport | null;
  headers?: Record<string, string> | null;
  allowed_tools?: string[] | null;
  approval?: ApprovalPolicy;
  /** All of them; those that are left out become the operator's. */
  timeouts?: Partial<Timeouts>;
  concurrency?: number | null;
  enabled?: boolean;
  pin?: boolean;
}

export interface NewServer extends ServerChange {
  label: string;
  url: string;
  shared: boolean;
}

/** A tool as its server describes it now. */
export interface OfferedTool {
  /** As models see it, with the label of the server before it. */
  name: string;
  server_tool_name: string;
  description: string;
  parameters: unknown;
  approval: ApprovalPolicy;
}

export interface OfferedTools {
  data: OfferedTool[];
  left_out: { name: string; reason: string }[];
  /** By the server's names: how the tools of a pinned server differ from the approved ones. */
  changed: { name: string; change: 'added' | 'changed' | 'removed' }[];
  digest: string | null;
  /** Why they cannot be listed. */
  error: Fault | null;
}

const path = '/v1/mcp/servers';
const serversKey = ['mcp-servers'];
const listKey = [...serversKey, 'list'];
const pathOf = (label: string) => `${path}/${encodeURIComponent(label)}`;

/** The caller's servers, and those that are shared, by label. */
export function useServers() {
  return useQuery({
    queryKey: listKey,
    queryFn: ({ signal }) => getJson<{ data: Server[] }>(path, signal),
    select: ({ data }) => data,
  });
}

/** What a server offers. To list it connects to the server, so its state may be another one after. */
export function useServerTools({ label, enabled }: Pick<Server, 'label' | 'enabled'>) {
  const client = useQueryClient();
  return useQuery({
    queryKey: [...serversKey, 'tools', label],
    queryFn: async ({ signal }) => {
      const tools = await getJson<OfferedTools>(`${pathOf(label)}/tools`, signal);
      void client.invalidateQueries({ queryKey: listKey });
      return tools;
    },
    staleTime: 10_000,
    enabled,
  });
}

export function useCreateServer() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (body: NewServer) => sendJson<Server>(path, { method: 'POST', body }),
    onSuccess: refresh,
    // The values of headers must not stay in the cache of mutations.
    gcTime: 0,
  });
}

export function useChangeServer(label: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (body: ServerChange) => sendJson<Server>(pathOf(label), { method: 'PATCH', body }),
    onSettled: refresh,
    gcTime: 0,
  });
}

export function useRemoveServer(label: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: () => sendJson(pathOf(label), { method: 'DELETE' }),
    onSettled: refresh,
  });
}

/** Approves the tools of a digest; another digest than the current one is refused. */
export function useConfirmTools(label: string) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (digest: string) =>
      sendJson<OfferedTools>(`${pathOf(label)}/confirm`, { method: 'POST', body: { digest } }),
    onSettled: refresh,
  });
}

/** Reads the servers and the tools again. */
function useRefresh() {
  const client = useQueryClient();
  return () => {
    void client.invalidateQueries({ queryKey: serversKey });
    void client.invalidateQueries({ queryKey: toolsKey });
  };
}
