import { useMutation, useQuery } from '@tanstack/react-query';
import { getJson, sendJson } from '../api/http.ts';

export type ApprovalPolicy = 'always' | 'unsafe' | 'never';

/** A tool that the caller may use, as models see it. */
export interface Tool {
  name: string;
  description: string;
  /** A JSON schema. */
  parameters: unknown;
  annotations: { read_only: boolean; idempotent: boolean; destructive: boolean };
  /** `unsafe`: calls wait where the tool changes something. */
  approval: ApprovalPolicy;
  needs_approval: boolean;
  timeout_ms: number;
  /** The MCP server that has it; null: it is built in. */
  server_label: string | null;
  /** Whether requests that select all tools get it. */
  in_all: boolean;
}

/** What a call without a model returned. */
export interface Trial {
  /** What a model would read. */
  output: string;
  /** Data URLs. */
  images: string[];
  error: { code: string; message: string } | null;
  duration_ms: number;
}

export const toolsKey = ['tools'];

/** The tools of the caller: built in, and of MCP servers. */
export function useTools() {
  return useQuery({
    queryKey: toolsKey,
    queryFn: ({ signal }) => getJson<{ data: Tool[] }>('/v1/tools', signal),
    select: ({ data }) => data,
    staleTime: 30_000,
  });
}

/** Calls a tool. It runs at once, without an approval; leaving or stopping aborts the request, and the call with it. */
export function useTryTool(name: string) {
  return useMutation({
    mutationFn: ({ args, signal }: { args: object; signal: AbortSignal }) =>
      sendJson<Trial>(`/v1/tools/${encodeURIComponent(name)}/try`, {
        method: 'POST',
        body: { arguments: args },
        signal,
      }),
    gcTime: 0,
  });
}
