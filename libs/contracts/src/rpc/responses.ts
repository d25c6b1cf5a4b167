import { z } from 'zod';
import { defineSignal } from './rpc.ts';

/** Signals to the workers that a response is queued. Carries no data: the row is the truth. */
export const responsesQueued = defineSignal({ subject: 'responses.queued', payload: z.object({}) });

/** Signals that a response was cancelled: the process that runs it stops. The last part of the subject is the response's id. */
export const responsesCancel = defineSignal({ subject: 'responses.cancel.*', payload: z.object({}) });

/** Signals that a run's event log has grown, or that its response is gone: its readers read again. The last part of the subject is the response's id. */
export const runsAdvanced = defineSignal({ subject: 'runs.*', payload: z.object({}) });
