import type { ResponseStatus } from '@antiphon/contracts';
import type { z } from 'zod';
import type * as replies from './replies/response.ts';

/** A paused run is completed: the caller continues it with another request. */
export const statuses: Record<ResponseStatus, z.input<typeof replies.Response>['status']> = {
  queued: 'queued',
  in_progress: 'in_progress',
  requires_action: 'completed',
  completed: 'completed',
  incomplete: 'incomplete',
  failed: 'failed',
  cancelled: 'cancelled',
};
