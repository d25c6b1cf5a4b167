import type { z } from 'zod';

/** A call with one reply. Both ends import the same value; names of requests are imperative. */
export interface Rpc<Request, Reply> {
  readonly kind: 'call';
  readonly subject: string;
  readonly request: z.ZodType<Request>;
  readonly reply: z.ZodType<Reply>;
  /** Whether a repeated call does no harm: then it is repeated also where its reply was lost. */
  readonly isRepeatable: boolean;
}

/** A call with a stream of replies. Each chunk is a burst: pieces that arrived together travel together. */
export interface StreamRpc<Request, Chunk> {
  readonly kind: 'stream';
  readonly subject: string;
  readonly request: z.ZodType<Request>;
  readonly chunk: z.ZodType<Chunk>;
  /** Whether nothing follows a chunk, so that it ends the stream by itself. Left out: no chunk says so. */
  readonly isLast?: (chunk: Chunk) => boolean;
}

/** A signal to the processes that listen at that moment, if any. `subject` ends in `.*` where the last part is an id. */
export interface Signal<Payload> {
  readonly kind: 'signal';
  readonly subject: string;
  readonly payload: z.ZodType<Payload>;
}

/** Defines a call, which is not repeatable unless `rpc` says so. */
export function defineRpc<Request, Reply>(
  rpc: Omit<Rpc<Request, Reply>, 'kind' | 'isRepeatable'> & { isRepeatable?: boolean },
): Rpc<Request, Reply> {
  return Object.freeze({ kind: 'call', isRepeatable: false, ...rpc });
}

export function defineStream<Request, Chunk>(
  rpc: Omit<StreamRpc<Request, Chunk>, 'kind'>,
): StreamRpc<Request, Chunk> {
  return Object.freeze({ kind: 'stream', ...rpc });
}

export function defineSignal<Payload>(signal: Omit<Signal<Payload>, 'kind'>): Signal<Payload> {
  return Object.freeze({ kind: 'signal', ...signal });
}
