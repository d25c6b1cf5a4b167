import { z } from 'zod';

/** The status of a response: queued → in_progress ⇄ requires_action → one of four ends. */
export const ResponseStatus = z.enum([
  'queued',
  'in_progress',
  'requires_action',
  'completed',
  'incomplete',
  'failed',
  'cancelled',
]);
export type ResponseStatus = z.infer<typeof ResponseStatus>;

/** The legal moves. A final status has none: it never changes. */
export const statusMoves: Record<ResponseStatus, readonly ResponseStatus[]> = {
  queued: ['in_progress', 'failed', 'cancelled'],
  in_progress: ['requires_action', 'completed', 'incomplete', 'failed', 'cancelled'],
  requires_action: ['queued', 'in_progress', 'completed', 'failed', 'cancelled'],
  completed: [],
  incomplete: [],
  failed: [],
  cancelled: [],
};

export function isFinal(status: ResponseStatus): boolean {
  return statusMoves[status].length === 0;
}

export const finalStatuses: readonly ResponseStatus[] = ResponseStatus.options.filter(isFinal);
