import { z } from 'zod';
import { Response } from './response.ts';
import { NamedServer } from './tool.ts';

/** What a caller asks for, in neutral words: the part of a response that its request decides. */
export const CreateResponse = Response.pick({
  dialect: true,
  model: true,
  rawInput: true,
  input: true,
  instructions: true,
  serverTools: true,
  approval: true,
  clientTools: true,
  toolChoice: true,
  settings: true,
  depthMax: true,
  onPause: true,
  metadata: true,
  webhookUrl: true,
  conversationId: true,
  previousResponseId: true,
  background: true,
  stored: true,
}).extend({ requestServers: z.array(NamedServer) });
export type CreateResponse = z.infer<typeof CreateResponse>;
