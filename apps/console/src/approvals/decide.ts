import { useMutation } from '@tanstack/react-query';
import type { Action, Approval } from '../api/approvals.ts';
import { ApiError, sendJson } from '../api/http.ts';
import { noteDecided } from '../api/live-approvals.ts';

export interface DecisionRequest {
  action: Action;
  /** JSON text. */
  arguments?: string;
  message?: string;
}

export interface Decided {
  approval: Approval;
  /** Whether another decision came first, which counts. */
  isLost: boolean;
}

/** Decides about a call. Of two people the first wins; the second gets the decision of the first. */
export function useDecide(id: string) {
  return useMutation({
    mutationFn: (request: DecisionRequest) => decide(id, request),
    onSuccess: ({ approval }) => noteDecided(approval),
  });
}

/** Decides about several calls in the same way, those of one run together. Returns how many were decided by others, or could not be decided. */
export function useDecideAll() {
  return useMutation({
    mutationFn: async ({ ids, action }: { ids: readonly string[]; action: 'accept' | 'reject' }) => {
      const body = { decisions: ids.map((id) => ({ id, action })) };
      const { data } = await sendJson<Outcomes>('/v1/approvals/decide', { method: 'POST', body });
      return data;
    },
    onSuccess: (outcomes) => {
      for (const { approval } of outcomes) if (approval?.decision) noteDecided(approval);
    },
  });
}

interface Outcomes {
  data: { id: string; approval: Approval | null; error: { message: string } | null }[];
}

async function decide(id: string, body: DecisionRequest): Promise<Decided> {
  try {
    const approval = await sendJson<Approval>(`/v1/approvals/${id}/decide`, { method: 'POST', body });
    return { approval, isLost: false };
  } catch (error) {
    const winner = error instanceof ApiError ? (error.body as { approval?: Approval }).approval : undefined;
    if (!winner) throw error;
    return { approval: winner, isLost: true };
  }
}
