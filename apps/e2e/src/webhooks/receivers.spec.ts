import { Webhook } from 'standardwebhooks';
import { afterAll, describe, expect } from 'vitest';
import { scenario } from '../scenario.ts';
import { WebhookReceiver } from '../servers/webhook-receiver.ts';
import { type Page, endpointSystem, webhookIds } from './endpoint-system.ts';

const { system, receiver, withEndpoint, submit, deliveriesOf, newClient, register } = await endpointSystem();

describe('a receiver', () => {
  let second: WebhookReceiver | undefined;
  afterAll(() => second?.stop());

  scenario('webhook-retry-after', 'gets a retry at the time of its Retry-After', async () => {
    const busy = { status: 503, headers: { 'retry-after': '1' } };
    await withEndpoint('busy', receiver.at('busy', busy, 200), async () => {
      await submit();
      const [first, again] = await receiver.received('busy', 2);
      if (!first || !again) throw new Error('no deliveries');
      expect(again.atMs - first.atMs).toBeGreaterThanOrEqual(950);
      expect(webhookIds([first, again]).size).toBe(1);
    });
  });

  scenario(
    'webhook-answer-bounded',
    'that never ends its reply has received the webhook: the status counts',
    async () => {
      await withEndpoint('talking', receiver.at('talking', 'flood'), async ({ id }) => {
        await submit();
        await expect
          .poll(async () => (await deliveriesOf(id)).data[0])
          .toMatchObject({ status: 'delivered', attempts: 1 });
      });
    },
  );

  scenario('webhook-isolation', 'that hangs delays no other', async () => {
    second = await WebhookReceiver.start();
    const owner = await newClient();
    const ends = 12;
    const hanging = await register('hanging', second.at('hanging', 'hang'), owner);
    await register('working', receiver.at('working'), owner);
    await Promise.all(Array.from({ length: ends }, () => submit(owner)));
    await receiver.received('working', ends);
    // Each attempt at the hanging one takes two seconds, and after some it rests.
    expect(webhookIds(second.deliveriesAt('hanging')).size).toBeLessThan(ends);
    const errorsOf = async ({ id }: { id: string }) =>
      (await owner.get<Page>(`/webhooks/${id}/deliveries`)).data.map(({ last_error }) => last_error);
    await expect.poll(() => errorsOf(hanging)).toContain('The receiver did not answer within 2 s.');
    await owner.webhooks.delete(hanging.id);
  });

  scenario(
    'webhook-restart',
    'gets its webhook although the worker was killed meanwhile',
    async () => {
      const busy = { status: 500, headers: { 'retry-after': '2' } };
      await withEndpoint('survived', receiver.at('survived', busy, 200), async ({ id }) => {
        await submit();
        await expect.poll(async () => (await deliveriesOf(id)).data[0]?.last_status_code).toBe(500);
        await system.kill('worker');
        await system.app('worker').start();
        const deliveries = await receiver.received('survived', 2);
        expect(webhookIds(deliveries).size).toBe(1);
      });
    },
    60_000,
  );
});

scenario(
  'webhook-secret-rotation',
  "the secret of a caller's own webhooks is replaced with an overlap",
  async () => {
    const jan = await system.jan();
    const secretFrom = async (method: string, path: string) =>
      (await jan.request<{ secret: string }>(method, path)).body.secret;
    const old = await secretFrom('GET', '/v1/webhooks/secret');
    const next = await secretFrom('POST', '/v1/webhooks/secret/rotate');
    expect(next).not.toBe(old);
    expect(await secretFrom('GET', '/v1/webhooks/secret')).toBe(next);
    const webhook_url = receiver.at('own-rotated');
    await jan.create({ input: 'x', background: true, metadata: { webhook_url } });
    const [delivery] = await receiver.received('own-rotated', 1);
    if (!delivery) throw new Error('no delivery');
    for (const secret of [old, next]) new Webhook(secret).verify(delivery.body, delivery.headers);
  },
);
