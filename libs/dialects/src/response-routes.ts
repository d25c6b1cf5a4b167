import {
  AppError,
  decodedBy,
  type DecodedPart,
  defineRoute,
  type RawRequest,
  type RouteReply,
} from '@antiphon/contracts';
import { z } from 'zod';
import { promptable } from './common/promptable.ts';
import type { PageOfItems, StoringDialect } from './dialect.ts';

/** The dialects of a path: its own, and those that a request may choose with `X-Responses-Profile`. */
export interface SpokenDialects {
  readonly own: StoringDialect;
  readonly profiles?: readonly StoringDialect[];
}

/** The parts of the common routes that differ between dialects. */
export interface ResponseSchemas {
  request: z.ZodType;
  response: z.ZodType;
  /** One event of a stream. */
  event: z.ZodType;
  deleted: RouteReply;
  /** The query of a retrieve, where the events of a stored response can be requested. */
  retrieveQuery?: z.ZodObject;
  inputItems: z.ZodType;
  inputItemsQuery?: z.ZodObject;
}

/**
 * The routes of the Responses API below `base`, which every dialect has. Their requests are decoded by the dialect: the path's own, or the one
 * that the request chooses.
 */
export function responseRoutes(base: string, spoken: SpokenDialects, schemas: ResponseSchemas) {
  const one = `${base}/{id}` as const;
  const response = { status: 200, description: 'The response', json: schemas.response };
  const headers = spokenIn(spoken);
  const create = defineRoute({
    method: 'post',
    path: base,
    name: 'createResponse',
    summary: 'Create a response: in the foreground, as a stream, or in the background',
    headers: decodedBy(headers.schema.extend(KeyHeader.shape), (own, request) => ({
      dialect: dialectOf(spoken, request),
      idempotencyKey: decodeKey(own),
    })),
    body: decodedBy(schemas.request, (body, request) => {
      const dialect = dialectOf(spoken, request);
      const { accept } = request.headers;
      const decode = (whole: unknown) => dialect.decodeCreate(whole, { accept: [accept].flat()[0] });
      return promptable(body, dialect.readPrompt?.(body) ?? null, decode);
    }),
    reply: { ...response, event: schemas.event },
  });
  const retrieve = defineRoute({
    method: 'get',
    path: one,
    name: 'retrieveResponse',
    summary: 'Retrieve a response',
    headers,
    query: decodedBy(
      schemas.retrieveQuery ?? z.object({}),
      (query, request) => dialectOf(spoken, request).decodeRetrieve?.(query) ?? { reply: 'json' as const },
    ),
    reply: schemas.retrieveQuery ? { ...response, event: schemas.event } : response,
  });
  const remove = defineRoute({
    method: 'delete',
    path: one,
    name: 'deleteResponse',
    summary: 'Delete a response; a running response is cancelled first',
    headers,
    reply: schemas.deleted,
  });
  const cancel = defineRoute({
    method: 'post',
    path: `${one}/cancel`,
    name: 'cancelResponse',
    summary: 'Cancel a response; a finished one stays as it is',
    headers,
    reply: response,
  });
  const listInputItems = defineRoute({
    method: 'get',
    path: `${one}/input_items`,
    name: 'listInputItems',
    summary: 'The whole context of a response: the items that the model was sent',
    headers,
    query: decodedBy(
      schemas.inputItemsQuery ?? z.object({}),
      (query, request) => dialectOf(spoken, request).decodeInputItems?.(query) ?? wholeList,
    ),
    reply: { status: 200, description: 'The items', json: schemas.inputItems },
  });
  return { create, retrieve, remove, cancel, listInputItems };
}

export type ResponseRoutes = ReturnType<typeof responseRoutes>;

const wholeList: PageOfItems = { after: null, limit: Infinity, order: 'asc' };

/** The header that chooses a dialect, where the path offers a choice. */
function spokenIn(spoken: SpokenDialects): DecodedPart<{ dialect: StoringDialect }, z.ZodObject> {
  const schema = z.object(spoken.profiles && { 'X-Responses-Profile': z.string().optional() });
  return decodedBy(schema, (_own, request) => ({ dialect: dialectOf(spoken, request) }));
}

/** A profile that the path does not offer is ignored. */
function dialectOf({ own, profiles = [] }: SpokenDialects, { headers }: RawRequest): StoringDialect {
  return profiles.find(({ name }) => name === headers['x-responses-profile']) ?? own;
}

/** The caller's key for a create, so that a repeated request does not run twice. */
export const KeyHeader = z.object({
  'Idempotency-Key': z
    .string()
    .regex(/^[\w:.-]{1,255}$/)
    .optional(),
});

/** Throws `invalid_request` for a key of another form. Null: the request has none. */
export function decodeKey(headers: unknown): string | null {
  const { success, data } = KeyHeader.safeParse(headers);
  if (success) return data['Idempotency-Key'] ?? null;
  throw new AppError(
    'invalid_request',
    'Idempotency-Key must be 1 to 255 letters, digits, dots, colons, dashes or underscores.',
    { param: 'Idempotency-Key' },
  );
}
