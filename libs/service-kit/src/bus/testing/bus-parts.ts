import 'reflect-metadata';
import { AppError, defineRpc, defineSignal, defineStream } from '@antiphon/contracts';
import { connect } from '@nats-io/transport-node';
import { Controller, Inject } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { createLogger } from '../../telemetry/logger.ts';
import { MemoryBus } from '../memory-bus.ts';
import { NatsBus } from '../nats/nats-bus.ts';
import type { Bus, RequestHandler } from '../bus.ts';
import type { RequestContext, SignalContext } from '../bus-context.ts';
import { BusServer } from '../bus-server.ts';
import { Answers, Subscribes } from '../decorators.ts';

const Numbers = z.array(z.number());
/** The subjects and inboxes of this process alone: specs of other processes run on the same server at the same time. */
const own = crypto.randomUUID();
const place = `test.${own}` as const;
const inboxPrefix = `_INBOX_${own}`;

export const double = defineRpc({
  subject: `${place}.double`,
  request: z.object({ value: z.number() }),
  reply: z.number(),
});
export const triple = defineRpc({
  subject: `${place}.triple`,
  isRepeatable: true,
  request: z.object({ value: z.number() }),
  reply: z.number(),
});
/** A chunk that ends in 0 is the last one. */
export const count = defineStream({
  subject: `${place}.count`,
  request: z.object({ to: z.number() }),
  chunk: Numbers,
  isLast: (numbers) => numbers.length > 0 && numbers.at(-1) === 0,
});
export const noted = defineSignal({ subject: `${place}.noted.*`, payload: z.object({ loud: z.boolean() }) });

export const never = new AbortController().signal;
export const gone = () => new AppError('cancelled', 'gone');

export const natsUrl = process.env.TEST_NATS_URL ?? '';
/** The open ends over NATS. */
const opened = new Set<Bus>();

/** Closes an end over NATS. */
export async function closeEnd(bus: Bus): Promise<void> {
  if (opened.delete(bus)) await bus.close();
}

interface Behaviour {
  double: RequestHandler<{ value: number }, number>;
  triple: RequestHandler<{ value: number }, number>;
  count: (request: { to: number }, context: RequestContext) => AsyncIterable<number[]>;
  noted: (payload: { loud: boolean }, context: SignalContext) => void;
}

@Controller()
class DoubleHandler {
  constructor(@Inject('double') private readonly run: Behaviour['double']) {}

  @Answers(double)
  double(request: { value: number }, context: RequestContext): Promise<number> {
    return this.run(request, context);
  }
}

@Controller()
class TripleHandler {
  constructor(@Inject('triple') private readonly run: Behaviour['triple']) {}

  @Answers(triple)
  triple(request: { value: number }, context: RequestContext): Promise<number> {
    return this.run(request, context);
  }
}

@Controller()
class CountHandler {
  constructor(@Inject('count') private readonly run: Behaviour['count']) {}

  @Answers(count)
  count(request: { to: number }, context: RequestContext): AsyncIterable<number[]> {
    return this.run(request, context);
  }
}

@Controller()
class NotedHandler {
  constructor(@Inject('noted') private readonly run: Behaviour['noted']) {}

  @Subscribes(noted)
  onNoted(payload: { loud: boolean }, context: SignalContext): void {
    this.run(payload, context);
  }
}

const controllers = {
  double: DoubleHandler,
  triple: TripleHandler,
  count: CountHandler,
  noted: NotedHandler,
};

/** Starts a Nest microservice on an end of the bus, with a controller for each behaviour. */
export async function serve(bus: Bus, behaviours: Partial<Behaviour>): Promise<void> {
  const names = Object.keys(behaviours) as (keyof Behaviour)[]; // its own keys
  const module = {
    module: class TestModule {},
    controllers: names.map((name) => controllers[name]),
    providers: names.map((name) => ({ provide: name, useValue: behaviours[name] })),
  };
  const logger = createLogger('test', 'silent');
  const strategy = new BusServer(bus, logger);
  const service = await NestFactory.createMicroservice(module, { strategy, logger: false });
  await service.listen();
}

/** Far longer than NATS is silent on a busy machine. */
const patienceMs = 20_000;

/** Two ends of one bus: the client's and the handlers'. */
export async function natsEnds(window = 256, silenceMaxMs = patienceMs): Promise<[Bus, Bus]> {
  return [await natsEnd(window, natsUrl, silenceMaxMs), await natsEnd(window, natsUrl, silenceMaxMs)];
}

/** An end of a bus over NATS, which ends with the test. */
export async function natsEnd(window: number, url = natsUrl, silenceMaxMs = patienceMs): Promise<Bus> {
  const connection = await connect({ servers: url, reconnectTimeWait: 20, maxReconnectAttempts: -1 });
  const timing = { window, heartbeatMs: 50, silenceMaxMs };
  const bus = new NatsBus(connection, createLogger('test', 'silent'), timing, inboxPrefix);
  opened.add(bus);
  onTestFinished(() => closeEnd(bus));
  return bus;
}

interface Published {
  subject: string;
  body: string;
  headers: string[];
}

/** What the ends of this process publish while `work` runs, heartbeats left out. */
export async function messagesOf(work: () => Promise<void>): Promise<Published[]> {
  const connection = await connect({ servers: natsUrl });
  const published: Published[] = [];
  for (const subjects of [`${place}.>`, `${inboxPrefix}.>`])
    connection.subscribe(subjects, {
      callback: (_error, message) => {
        const headers = message.headers?.keys() ?? [];
        if (message.data.length > 0 || headers.length > 0)
          published.push({ subject: message.subject, body: message.string(), headers });
      },
    });
  await connection.flush();
  await work();
  // What the other connections publish at the end has reached the server before the second flush returns.
  for (const bus of opened) await bus.ready();
  await connection.flush();
  await connection.close();
  return published;
}

/** Two ends of one bus in memory. */
export async function memoryEnds(): Promise<[Bus, Bus]> {
  const bus = new MemoryBus();
  return [bus, bus.otherEnd()];
}
