import { z } from 'zod';
import { Item } from './item.ts';
import { Usage } from './response.ts';

export const InputTokens = z.looseObject({
  object: z.literal('response.input_tokens'),
  input_tokens: z.int().nonnegative(),
});

/** The items to send in place of the compacted context. */
export const CompactedContext = z.looseObject({
  id: z.string().min(1),
  object: z.literal('response.compaction'),
  created_at: z.int().nonnegative(),
  output: z.array(Item),
  usage: Usage,
});
