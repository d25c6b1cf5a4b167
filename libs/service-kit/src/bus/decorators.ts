import type { EventContract, Rpc, Signal, StreamRpc } from '@antiphon/contracts';
import { UseFilters } from '@nestjs/common';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import { PARAM_ARGS_METADATA } from '@nestjs/microservices/constants.js';
import { HandlerErrorFilter } from './handler-error.filter.ts';
import type { EventContext, RequestContext, SignalContext } from './bus-context.ts';

/** Nest's ids of the two transports: each takes the handlers that are declared for it. */
export const busTransport = Symbol('bus');
export const eventTransport = Symbol('events');

/** The data that a decorator stores on a handler for its transport. */
export interface HandlerExtras {
  contract: Rpc<unknown, unknown> | StreamRpc<unknown, unknown> | Signal<unknown>;
}

export interface ConsumerExtras {
  contract: EventContract<unknown>;
  consumer: string;
  /** How many events one process handles at the same time. */
  atOnce: number;
}

/** Checks at compile time that the argument and the result of a method have the types of its contract. */
type HandlerDecorator<Input, Context, Output> = <Method extends (input: Input, context: Context) => Output>(
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<Method>,
) => void;

/**
 * Declares the method of a controller that answers a request (`Promise<Reply>`) or a stream (`AsyncIterable<Chunk>`, pulled as its consumer
 * reads). Of several instances of the service each request reaches one.
 */
export function Answers<Request, Reply>(
  rpc: Rpc<Request, Reply>,
): HandlerDecorator<Request, RequestContext, Promise<Reply>>;
export function Answers<Request, Chunk>(
  rpc: StreamRpc<Request, Chunk>,
): HandlerDecorator<Request, RequestContext, AsyncIterable<Chunk>>;
export function Answers(
  contract: Rpc<unknown, unknown> | StreamRpc<unknown, unknown>,
): HandlerDecorator<unknown, RequestContext, unknown> {
  const extras: HandlerExtras = { contract };
  return declare(MessagePattern(contract.subject, busTransport, extras));
}

/** Declares the method of a controller that receives a signal. Every instance of every subscribed service receives it. */
export function Subscribes<Value>(
  signal: Signal<Value>,
): HandlerDecorator<Value, SignalContext, void | Promise<void>> {
  const extras: HandlerExtras = { contract: signal };
  return declare(EventPattern(signal.subject, busTransport, extras));
}

/**
 * Declares the method of a controller that handles an event: at least once, by one process of the service, again later where it rejects.
 * Handling an event twice must change nothing. `consumer` is the durable consumer of the service in the stream: a name for good, which its
 * NATS user must be allowed (deploy/nats-users.conf). Events are handled one after the other, or up to `atOnce` at the same time in each process.
 */
export function Consumes<Data>(
  event: EventContract<Data>,
  consumer: string,
  { atOnce = 1 }: { atOnce?: number } = {},
): HandlerDecorator<Data, EventContext, Promise<void>> {
  const extras: ConsumerExtras = { contract: event, consumer, atOnce };
  return declare(EventPattern(consumer, eventTransport, extras));
}

type NestPattern = (
  target: object,
  key: string | symbol,
  descriptor: TypedPropertyDescriptor<(data: object, ...rest: unknown[]) => unknown>,
) => unknown;

/**
 * Without decorated parameters Nest passes the payload alone, through its pipes and after a few turns of the microtask queue. An empty list
 * of parameters makes it call the method at once with all arguments, so that signals keep their place before replies that arrive later.
 */
function declare(pattern: NestPattern) {
  return (target: object, key: string | symbol, descriptor: PropertyDescriptor) => {
    Reflect.defineMetadata(PARAM_ARGS_METADATA, {}, target.constructor, key);
    UseFilters(HandlerErrorFilter)(target, key, descriptor);
    pattern(target, key, descriptor);
  };
}
