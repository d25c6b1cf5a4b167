import { z } from 'zod';

export const Conversation = z.looseObject({
  id: z.string().min(1),
  object: z.literal('conversation'),
  created_at: z.int().nonnegative(),
  metadata: z.record(z.string(), z.string()),
});

export const ConversationDeleted = z.looseObject({
  id: z.string(),
  object: z.literal('conversation.deleted'),
  deleted: z.literal(true),
});
