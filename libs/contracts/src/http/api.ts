import { z } from 'zod';
import type { Route } from './route.ts';

/** The routes of one API, from which its OpenAPI document is made. */
export interface Api {
  /** Names the document in URLs, and its schemas within a document of several APIs. */
  readonly name: string;
  readonly title: string;
  /** The schemas that the document has by name, so that each is written once. */
  readonly schemas: {
    readonly requests: Readonly<Record<string, z.ZodType>>;
    readonly replies: Readonly<Record<string, z.ZodType>>;
  };
  /** The body of every refusal. */
  readonly failure: z.ZodType;
  readonly routes: readonly Route[];
  readonly socket?: {
    readonly path: string;
    readonly description: string;
    readonly message: z.ZodType;
    readonly failure: z.ZodType;
  };
}

/** A page of a list in the words of the stock clients. The next page begins `after` the `last_id` of this one. */
export function pageOf<Entry extends z.ZodType>(entry: Entry) {
  return z.looseObject({
    object: z.literal('list'),
    data: z.array(entry),
    first_id: z.string().nullable(),
    last_id: z.string().nullable(),
    has_more: z.boolean(),
  });
}
