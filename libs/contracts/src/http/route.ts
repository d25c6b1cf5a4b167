import type { z } from 'zod';
import { read } from '../validation/read.ts';

/** The parts of a request that a route can describe. */
export type RequestPart = 'headers' | 'query' | 'body';

/** A request before it is decoded. The names of its headers are in lower case. */
export interface RawRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly query: unknown;
  readonly body: unknown;
}

/** A part of a request with its decoding into the neutral model. `schema` describes it in the OpenAPI document. */
export interface DecodedPart<Value = unknown, Schema extends z.ZodType = z.ZodType> {
  readonly schema: Schema;
  /** Throws `invalid_request`. */
  decode(value: unknown, request: RawRequest): Value;
}

/** A part that its schema reads, and whose value `decode` brings into the neutral model. */
export function decoded<Schema extends z.ZodType, Value>(
  schema: Schema,
  decode: (value: z.output<Schema>) => Value,
): DecodedPart<Value, Schema> {
  return { schema, decode: (value) => decode(read(schema, value)) };
}

/** A part that `decode` reads itself, since more than a schema decides what is valid: another header, a prompt, names with brackets. */
export function decodedBy<Schema extends z.ZodType, Value>(
  schema: Schema,
  decode: (value: unknown, request: RawRequest) => Value,
): DecodedPart<Value, Schema> {
  return { schema, decode };
}

/** The successful answer of a route. */
export interface RouteReply {
  readonly status: number;
  readonly description: string;
  /** The body; none where it is left out. */
  readonly json?: z.ZodType;
  /** One server-sent event, where the route can stream. */
  readonly event?: z.ZodType;
  /** Whether the body is the bytes of a file. */
  readonly isFile?: boolean;
}

/**
 * A route of an API: the only definition of its request and its answer. The controller's decoding (`Serves` of the service kit), the types of its
 * method and the OpenAPI document come from it.
 */
export interface Route {
  readonly method: 'get' | 'post' | 'patch' | 'put' | 'delete';
  /** From the root, with its parameters in braces: `/v1/prompts/{id}`. `{name*}` at the end takes the rest of the path, slashes included. */
  readonly path: string;
  /** Unique within the API: the document's `operationId`. */
  readonly name: string;
  readonly summary: string;
  /** Whether it needs no credential: its body is read without one. */
  readonly isOpen?: boolean;
  /** Parameters of the path with a schema. Those left out are any text. */
  readonly params?: z.ZodObject;
  /** Headers that the route reads, beside those of every route. */
  readonly headers?: z.ZodObject | DecodedPart<unknown, z.ZodObject>;
  readonly query?: z.ZodObject | DecodedPart<unknown, z.ZodObject>;
  /** A missing body counts as an empty object. */
  readonly body?: z.ZodType | DecodedPart;
  /** Whether clients may leave the body out. */
  readonly mayLackBody?: boolean;
  /** Set where the body is `multipart/form-data`, which the method reads as it comes. `isKept`: the method keeps all of it in memory. */
  readonly form?: { readonly bytesMax: number; readonly isKept?: boolean };
  readonly reply: RouteReply;
}

/** Keeps the types of the path and of the schemas, for `InputOf` and `ReplyOf`. */
export function defineRoute<const Defined extends Route>(route: Defined): Readonly<Defined> {
  return Object.freeze(route);
}

/** The schema of a part of a request, as a client sees it. */
export function schemaOf<Schema extends z.ZodType>(part: Schema | DecodedPart<unknown, Schema>): Schema {
  return 'schema' in part ? part.schema : part;
}

/** The decoded request that the method of a route gets. A part that the route does not describe is undefined. */
export interface InputOf<Served extends Route> {
  readonly params: ParamsOf<Served>;
  readonly headers: PartOf<Served, 'headers'>;
  readonly query: PartOf<Served, 'query'>;
  readonly body: PartOf<Served, 'body'>;
}

/** The JSON that the method of a route returns; undefined where its reply has no body. */
export type ReplyOf<Served extends Route> = Served['reply'] extends { json: infer Json extends z.ZodType }
  ? z.input<Json>
  : undefined;

type ParamsOf<Served extends Route> = Served extends { params: infer Params extends z.ZodType }
  ? z.output<Params>
  : Readonly<Record<NamesIn<Served['path']>, string>>;

type NamesIn<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? (Name extends `${infer Base}*` ? Base : Name) | NamesIn<Rest>
  : never;

type PartOf<Served extends Route, Part extends RequestPart> =
  Served extends Record<Part, infer Given>
    ? Given extends DecodedPart<infer Value>
      ? Value
      : Given extends z.ZodType
        ? z.output<Given>
        : undefined
    : undefined;
