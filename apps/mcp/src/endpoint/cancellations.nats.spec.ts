import { once } from 'node:events';
import { connectNats, createLogger, NatsBus } from '@antiphon/service-kit';
import { serve } from '@antiphon/service-kit/testing';
import { afterEach, expect, it } from 'vitest';
import { CancellationsHandler } from './cancellations.handler.ts';
import { Cancellations } from './cancellations.ts';

const logger = createLogger('mcp', 'silent');
const opened: NatsBus[] = [];

afterEach(async () => {
  for (const bus of opened.splice(0)) await bus.close();
});

async function instance(): Promise<Cancellations> {
  const bus = new NatsBus(await connectNats(process.env.TEST_NATS_URL ?? '', 'mcp', logger), logger);
  opened.push(bus);
  const cancellations = new Cancellations(bus);
  serve(bus, new CancellationsHandler(cancellations));
  await bus.ready();
  return cancellations;
}

it('reach a request at any instance, and no other', async () => {
  const [here, there] = await Promise.all([instance(), instance()]);
  const key = { userId: 'user_1', sessionId: 's', requestId: 1 };
  const others = [
    { ...key, userId: 'user_2' },
    { ...key, sessionId: null },
    { ...key, requestId: '1' },
    { ...key, requestId: 2 },
  ].map((other) => there.watch(other));
  const { signal } = there.watch(key);
  here.cancel(key);
  await once(signal, 'abort');
  expect(others.map((other) => other.signal.aborted)).toEqual([false, false, false, false]);
});

it('are over when the request is', async () => {
  const [here, there] = await Promise.all([instance(), instance()]);
  const key = { userId: 'user_1', sessionId: 's', requestId: 1 };
  const ended = there.watch(key);
  ended.release();
  const next = there.watch(key);
  here.cancel(key);
  await once(next.signal, 'abort');
  expect(ended.signal.aborted).toBe(false);
});
