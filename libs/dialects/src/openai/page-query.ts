import { read } from '@antiphon/contracts';
import { z } from 'zod';
import type { PageOfItems } from '../dialect.ts';
import { includedIn, IncludeQuery } from './schema.ts';
import { statuses } from './statuses.ts';

const limit = 'must be a whole number from 1 to 100';

const PageQuery = z.object({
  after: z.string().optional(),
  limit: z.coerce.number({ error: limit }).int(limit).min(1, limit).max(100, limit).default(20),
  order: z.enum(['asc', 'desc']).default('desc'),
});

/** The query of a page of items. */
export const ItemsQuery = PageQuery.extend(IncludeQuery.shape);

/** Newest first unless the query says otherwise. Throws `invalid_request`. */
export function decodeItemsQuery(query: unknown): PageOfItems {
  const wire = read(ItemsQuery, query);
  const { after = null, limit, order } = wire;
  const include = includedIn(wire);
  return { after, limit, order, ...(include.length > 0 && { include }) };
}

/** The query of a page of responses. `response-list.ts` gathers the metadata first. */
export const ResponsesQuery = PageQuery.extend({
  status: z.enum(Object.values(statuses)).optional(),
  model: z.string().optional(),
  conversation: z.string().optional(),
  metadata: z.record(z.string().max(64), z.string()).optional(),
});
