import type { z } from 'zod';

/** A question with one answer. Both ends import the same value; requests are imperative. */
export interface Rpc<Request, Reply> {
  readonly kind: 'call';
  readonly subject: string;
  readonly request: z.ZodType<Request>;
  readonly reply: z.ZodType<Reply>;
  /** Whether asking twice does no harm: then it is asked again, too, where its answer was lost. */
  readonly isRepeatable: boolean;
}

/** A question with many answers. Each chunk is a burst: what arrived together travels together. */
export interface StreamRpc<Request, Chunk> {
  readonly kind: 'stream';
  readonly subject: string;
  readonly request: z.ZodType<Request>;
  readonly chunk: z.ZodType<Chunk>;
}

/** Something to tell whoever listens now; nobody may. `subject` ends in `.*` where the last part is an id. */
export interface Signal<Payload> {
  readonly kind: 'signal';
  readonly subject: string;
  readonly payload: z.ZodType<Payload>;
}

/** Not repeatable unless it says so. */
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
