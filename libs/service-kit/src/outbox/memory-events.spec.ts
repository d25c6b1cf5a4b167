import { defineEvent } from '@antiphon/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createLogger } from '../telemetry/logger.ts';
import { type EventHandler, EventListener } from './event-listener.ts';
import { MemoryEvents } from './memory-events.ts';

const counted = defineEvent({ subject: 'events.test.counted', version: 1, data: z.number() });
const logger = createLogger('test', 'silent');
const ageMaxMs = 60_000;
const listeners: EventListener<number>[] = [];
afterEach(() => Promise.all(listeners.splice(0).map((listener) => listener.stop())));

async function openEvents(): Promise<MemoryEvents> {
  const events = new MemoryEvents();
  await events.prepare({ ackTimeoutMs: 1_000, ageMaxMs, bytesMax: 1, duplicateWindowMs: 1 });
  events.open();
  return events;
}

async function listen(events: MemoryEvents, handler: EventHandler<number>, consumer = 'counts', atOnce = 1) {
  const options = { consumer, atOnce, ackWaitMs: 30_000, backoffMaxMs: 1 };
  const listener = new EventListener(events, counted, handler, options, logger);
  listeners.push(listener);
  listener.start();
  await Promise.resolve();
}

const message = (value: number, { occurredAt = Date.now(), subject = counted.subject } = {}) => ({
  id: `event-${value}`,
  subject,
  body: JSON.stringify({ version: 1, occurredAt, data: value }),
});

describe('events in memory', () => {
  it('confirm a publication when each consumer of its subject has handled it', async () => {
    const events = await openEvents();
    const handled: string[] = [];
    const last = Promise.withResolvers<void>();
    await listen(events, async (value) => void handled.push(`first ${value}`), 'first');
    await listen(
      events,
      async (value) => {
        await last.promise;
        handled.push(`second ${value}`);
      },
      'second',
    );
    let isConfirmed = false;
    const published = events.publish([message(1)], 5_000).then(() => (isConfirmed = true));
    await expect.poll(() => handled).toEqual(['first 1']);
    expect(isConfirmed).toBe(false);
    last.resolve();
    await published;
    expect(handled).toEqual(['first 1', 'second 1']);
  });

  it('confirm an event that no service of the process consumes', async () => {
    const events = await openEvents();
    await events.publish([message(1, { subject: 'events.test.other' })], 5_000);
  });

  it('deliver an event again where its handler fails, and later events meanwhile', async () => {
    const events = await openEvents();
    const handled: number[] = [];
    let failures = 0;
    await listen(events, async (value) => {
      if (value === 1 && failures++ < 2) throw new Error('broken');
      handled.push(value);
    });
    await events.publish([message(1), message(2)], 5_000);
    expect(handled).toEqual([2, 1]);
  });

  it('are handled at the same time, up to the number that the consumer declares', async () => {
    const events = await openEvents();
    const finish = Promise.withResolvers<void>();
    const begun: number[] = [];
    const handler = (value: number) => {
      begun.push(value);
      return finish.promise;
    };
    await listen(events, handler, 'counts', 2);
    const published = events.publish([message(1), message(2), message(3)], 5_000);
    await expect.poll(() => begun).toEqual([1, 2]);
    finish.resolve();
    await published;
    expect(begun).toEqual([1, 2, 3]);
  });

  it('deliver an event once where it is published again while its handler works', async () => {
    const events = await openEvents();
    const [begun, finish] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let handled = 0;
    await listen(events, async () => {
      handled++;
      begun.resolve();
      await finish.promise;
    });
    await expect(events.publish([message(1)], 1)).rejects.toThrow();
    await begun.promise;
    const again = events.publish([message(1)], 5_000);
    finish.resolve();
    await again;
    expect(handled).toBe(1);
  });

  it('confirm nothing after they are closed', async () => {
    const events = await openEvents();
    await listen(events, () => new Promise(() => undefined), 'stuck');
    listeners.pop();
    const published = events.publish([message(1)], 5_000);
    events.close();
    await expect(published).rejects.toThrow('the process stops');
    expect(events.isConnected).toBe(false);
  });

  it('drop an event beyond the retention of events', async () => {
    const events = await openEvents();
    await listen(events, async () => {
      throw new Error('broken');
    });
    await events.publish([message(1, { occurredAt: Date.now() - ageMaxMs - 1 })], 5_000);
  });
});
