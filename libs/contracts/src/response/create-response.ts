import { type z } from 'zod';
import { Response } from './response.ts';

/** What a caller asks for, in neutral words: the part of a response that its request decides. */
export const CreateResponse = Response.pick({
  dialect: true,
  model: true,
  rawInput: true,
  input: true,
  instructions: true,
  serverTools: true,
  approval: true,
  requestServers: true,
  clientTools: true,
  toolChoice: true,
  settings: true,
  outputCheck: true,
  prompt: true,
  depthMax: true,
  onPause: true,
  metadata: true,
  webhookUrl: true,
  conversationId: true,
  previousResponseId: true,
  background: true,
  stored: true,
});
export type CreateResponse = z.infer<typeof CreateResponse>;
