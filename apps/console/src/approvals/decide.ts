import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ApiError, sendJson } from '../api/http.ts';

export type Action = 'accept' | 'edit' | 'reject' | 'feedback';

export interface DecisionRequest {
  action: Action;
  arguments?: unknown;
  message?: string;
}

/** A decision as the server recorded it. */
export interface DecisionRecord {
  action: Action;
  decided_by: string;
  decided_at: string;
  message: string | null;
}

export interface Approval {
  id: string;
  decision: DecisionRecord | null;
}

/** Decides about a call. Of two people the first wins; the second gets the decision of the first. */
export function useDecide(id: string) {
  const client = useQueryClient();
  const { mutate, data, error, isPending } = useMutation({
    mutationFn: (request: DecisionRequest) => decide(id, request),
    onSuccess: () => client.invalidateQueries({ queryKey: ['approvals'] }),
  });
  return { decide: mutate, decision: data?.decision ?? null, error, isDeciding: isPending };
}

async function decide(id: string, body: DecisionRequest): Promise<Approval> {
  try {
    return await sendJson<Approval>(`/v1/approvals/${id}/decide`, { method: 'POST', body });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 409) throw error;
    return await sendJson<Approval>(`/v1/approvals/${id}`, {});
  }
}
