import { z } from 'zod';
import { defineSignal } from './rpc.ts';

/** The bell for workers: something is queued. Carries nothing; the row is the truth. */
export const responsesQueued = defineSignal({ subject: 'responses.queued', payload: z.object({}) });

/** A response was cancelled: whoever runs it stops. Its last part is the response's id. */
export const responsesCancel = defineSignal({ subject: 'responses.cancel.*', payload: z.object({}) });

/** A run's event log has grown, or its response is gone: whoever follows it reads on. The last part is the response's id. */
export const runsAdvanced = defineSignal({ subject: 'runs.*', payload: z.object({}) });
