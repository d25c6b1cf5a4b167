import type { z } from 'zod';
import { describeAgent } from './agent/routes.ts';
import { describeCodex } from './codex/routes.ts';
import { describeJan } from './jan/routes.ts';
import { describeOpenai } from './openai/routes.ts';

/** What a dialect promises, from which its OpenAPI document is made. */
export interface ApiDescription {
  /** Names the document in URLs and its schemas within all of them. */
  name: string;
  title: string;
  /** By the names that the document gives them, so that each is written once. */
  schemas: { requests: Record<string, z.ZodType>; replies: Record<string, z.ZodType> };
  /** The body of every refusal. */
  failure: z.ZodType;
  routes: readonly ApiRoute[];
  socket?: { path: string; description: string; message: z.ZodType; failure: z.ZodType };
}

export interface ApiRoute {
  method: 'get' | 'post' | 'patch' | 'put' | 'delete';
  /** With its parameters in braces. */
  path: string;
  /** Unique within the description. */
  name: string;
  summary: string;
  /** Headers that it heeds beside those of every route. */
  headers?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** Whether it does without a body too. Left out: no. */
  mayLackBody?: boolean;
  /** What it answers when all is well. */
  reply: ApiReply;
}

export interface ApiReply {
  status: number;
  description: string;
  /** The body; none where it is left out. */
  json?: z.ZodType;
  /** One server-sent event, where the route can stream. */
  event?: z.ZodType;
}

/** Every dialect's. */
export const apiDescriptions: readonly ApiDescription[] = [
  describeOpenai(),
  describeJan(),
  describeAgent(),
  describeCodex(),
];
