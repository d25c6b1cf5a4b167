import { z } from 'zod';

/** The JetStream stream that keeps every event. */
export const eventStream = { name: 'EVENTS', subjects: ['events.>'] } as const;

/** Something that has happened, for whoever inside the system wants to know. Kept for days, told at least once. */
export interface EventContract<Data> {
  readonly kind: 'event';
  /** `events.` and what happened, in the past tense. */
  readonly subject: `events.${string}`;
  /** Grows when readers of the older data would misread the newer; a new optional field does not. */
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
 * What a message of the stream holds. Its subject says which event it is, and its header `Nats-Msg-Id` is the same each time that one
 * event is told: who must not count twice remembers that.
 */
export const EventMessage = z.object({
  version: z.number().int().positive(),
  /** When it was committed, by the clock of the database it comes from: milliseconds since the epoch. */
  occurredAt: z.number(),
  data: z.unknown(),
});
export type EventMessage = z.infer<typeof EventMessage>;
