import { z } from 'zod';
import { DialectName } from '../response/response.ts';
import { ResponseStatus } from '../response/status.ts';
import { Usage } from '../response/turns/usage.ts';
import { defineEvent } from './event.ts';

/**
 * The total usage of a response, published at its end. A cancelled response may publish it again when its runner adds the rest: the later
 * figures replace the earlier, and are never smaller. Earlier releases leave the optional fields out, and publish nothing of a response
 * without usage.
 */
export const usageRecorded = defineEvent({
  subject: 'events.usage.recorded',
  version: 1,
  data: z.object({
    /** Names the figures; the same where they are published or delivered again. Of an unstored response it is not its id. */
    recordId: z.string().max(128).optional(),
    /** Null for a response with `store: false`, which publishes its figures once. */
    responseId: z.string().nullable(),
    userId: z.string(),
    tenantId: z.string(),
    /** The API key of the create; null for a create with an access token or without a credential. */
    keyId: z.string().nullable().optional(),
    dialect: DialectName.optional(),
    /** The model that answered, as the provider names it; null where none did. */
    model: z.string().nullable(),
    /** The model as the caller named it. */
    requestedModel: z.string().optional(),
    /** The operator's name for the provider that answered last; null where none did. */
    provider: z.string().nullable().optional(),
    status: ResponseStatus.optional(),
    /** The time of the create, in milliseconds since the epoch. */
    createdAt: z.number().optional(),
    usage: Usage,
    /** US dollars by list prices: the sum of the known costs of its turns; null where none is known. */
    costUsd: z.number().nonnegative().nullable().optional(),
    toolCalls: z.number().int().nonnegative(),
  }),
});
export type UsageRecord = z.infer<typeof usageRecorded.data>;
