import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { Action, Approval } from '../api/approvals.ts';
import { ApiError, getJson, sendJson } from '../api/http.ts';

export interface DecisionRequest {
  action: Action;
  arguments?: unknown;
  message?: string;
}

/** Decides about a call. Of two people the first wins; the second gets the decision of the first. */
export function useDecide(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (request: DecisionRequest) => decide(id, request),
    onSuccess: (approval) => {
      client.setQueryData(['approval', id], approval);
      return client.invalidateQueries({ queryKey: ['approvals'] });
    },
  });
}

async function decide(id: string, body: DecisionRequest): Promise<Approval> {
  try {
    return await sendJson<Approval>(`/v1/approvals/${id}/decide`, { method: 'POST', body });
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 409) throw error;
    return await getJson<Approval>(`/v1/approvals/${id}`);
  }
}
