import { toolsList } from '@antiphon/contracts';
import { pino } from 'pino';
import { expect, it } from 'vitest';
import { NatsHandlers } from './nats-handlers.ts';
import type { NatsLink } from './nats-link.ts';

it('survives a subscription that the server refuses: its callback gets an error and no message', () => {
  const callbacks: ((error: Error | null, message: unknown) => void)[] = [];
  const connection = {
    subscribe(_subject: string, { callback }: { callback: (error: Error | null, message: unknown) => void }) {
      callbacks.push(callback);
      return { unsubscribe: () => undefined };
    },
  };
  // The handlers use nothing else of the link here.
  const link = { connection } as unknown as NatsLink;
  new NatsHandlers(link, pino({ level: 'silent' }), 8).handle(toolsList, async () => ({ tools: [] }));

  expect(callbacks).toHaveLength(2);
  for (const callback of callbacks)
    expect(() => callback(new Error('Permissions Violation for Subscription'), {})).not.toThrow();
});
