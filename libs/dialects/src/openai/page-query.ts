import { z } from 'zod';
import { statuses } from './encode.ts';
import { IncludeQuery } from './schema.ts';

const PageQuery = z.object({
  after: z.string().optional(),
  limit: z.int().min(1).max(100).default(20),
  order: z.enum(['asc', 'desc']).default('desc'),
});

/** The query of a page of items. */
export const ItemsQuery = PageQuery.extend(IncludeQuery.shape);

/** The query of a page of responses (`response-list.ts` reads it). */
export const ResponsesQuery = PageQuery.extend({
  status: z.enum(Object.values(statuses)).optional(),
  model: z.string().optional(),
  conversation: z.string().optional(),
  metadata: z.record(z.string().max(64), z.string()).optional(),
});
