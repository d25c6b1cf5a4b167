import { z } from 'zod';

/** The JetStream stream that keeps every event. */
export const eventStream = { name: 'EVENTS', subjects: ['events.>'] } as const;

/** An event: something that has happened, for consumers inside the system. Kept for days, delivered at least once. */
export interface EventContract<Data> {
  readonly kind: 'event';
  /** `events.` and the event in the past tense. */
  readonly subject: `events.${string}`;
  /** Grows when readers of the older data would misread the newer. A new optional field does not change it. */
  readonly version: number;
  readonly data: z.ZodType<Data>;
}

export function defineEvent<Data>(event: Omit<EventContract<Data>, 'kind'>): EventContract<Data> {
  return Object.freeze({ kind: 'event', ...event });
}

/** An event on its way into an outbox. */
export interface NewEvent {
  subject: string;
  version: number;
  data: unknown;
}

export function newEvent<Data>({ subject, version }: EventContract<Data>, data: Data): NewEvent {
  return { subject, version, data };
}

/**
 * A message of the stream. Its subject names the event, and its header `Nats-Msg-Id` is the same each time the event is delivered: a consumer
 * that must not count twice remembers it.
 */
export const EventMessage = z.object({
  version: z.number().int().positive(),
  /** The time of the commit by the clock of its database, in milliseconds since the epoch. */
  occurredAt: z.number(),
  data: z.unknown(),
});
export type EventMessage = z.infer<typeof EventMessage>;
