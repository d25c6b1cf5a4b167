import { fail, finish, text, wait } from '@antiphon/service-kit/testing';
import OpenAI from 'openai';
import { Webhook } from 'standardwebhooks';
import { describe, expect } from 'vitest';
import { anyNumber, textLike } from '../checks/matchers.ts';
import { scenario } from '../scenario.ts';
import { endpointSystem, eventTypes, model } from './endpoint-system.ts';

const {
  withEndpoint,
  receiver,
  submit,
  deliveriesOf,
  redeliver,
  unwrap,
  client,
  newClient,
  register,
  system,
  provider,
  change,
  stateOf,
} = await endpointSystem();

describe('an endpoint', () => {
  scenario(
    ['endpoint-crud', 'endpoint-secret-once', 'endpoint-foreign'],
    'is managed with the stock client, by its owner alone',
    async () => {
      const owner = await newClient();
      const url = receiver.at('managed');
      const made = await owner.webhooks.create({ name: 'First', url, event_types: ['response.completed'] });
      expect(made).toMatchObject({
        id: textLike(/^whe_\w+$/),
        object: 'webhook_endpoint',
        name: 'First',
        url,
        event_types: ['response.completed'],
        signing_secret: textLike(/^whsec_[A-Za-z0-9+/]{43}=$/),
        created_at: anyNumber,
      });
      const { signing_secret, ...shown } = made;
      expect(signing_secret.endsWith(shown.signing_secret_hint?.slice(-4) ?? 'no hint')).toBe(true);
      expect(await owner.webhooks.retrieve(made.id)).toEqual(shown);
      expect(shown).toMatchObject({ enabled: true, disabled_reason: null, description: null });

      const second = await register('Second', url, owner);
      const listed: string[] = [];
      for await (const { name } of owner.webhooks.list({ limit: 1 })) listed.push(name);
      expect(listed).toEqual(['Second', 'First']);
      expect(await owner.webhooks.update(second.id, { name: 'Renamed' })).toMatchObject({
        name: 'Renamed',
        url,
        event_types: [...eventTypes],
      });

      await expect(client.webhooks.retrieve(made.id)).rejects.toMatchObject({ status: 404 });
      await expect(client.webhooks.update(made.id, { name: 'x' })).rejects.toMatchObject({ status: 404 });
      await expect(client.webhooks.rotateSecret(made.id)).rejects.toMatchObject({ status: 404 });
      await expect(client.webhooks.delete(made.id)).rejects.toMatchObject({ status: 404 });
      await expect(deliveriesOf(made.id)).rejects.toMatchObject({ status: 404 });

      expect(await owner.webhooks.delete(made.id)).toEqual({
        id: made.id,
        object: 'webhook_endpoint.deleted',
        deleted: true,
      });
      await expect(owner.webhooks.retrieve(made.id)).rejects.toMatchObject({ status: 404 });
    },
  );

  scenario(['endpoint-bounds'], 'is refused if it is invalid', async () => {
    const owner = await newClient();
    const url = receiver.at('bounds');
    const create = (body: object) => owner.post('/webhooks', { body });
    for (const [body, param] of [
      [{}, 'url'],
      [{ url: 7 }, 'url'],
      [{ url: 'https://user:password@example.com/' }, 'url'],
      [{ url: 'http://10.0.0.1/' }, 'url'],
      [{ url: 'http://169.254.169.254/latest' }, 'url'],
      [{ url: 'ftp://example.com/' }, 'url'],
      [{ url, event_types: ['response.created'] }, 'event_types[0]'],
      [{ url, event_types: [] }, 'event_types'],
      [{ url, enabled: 'yes' }, 'enabled'],
    ] as const) {
      await expect(create(body), JSON.stringify(body)).rejects.toMatchObject({
        status: 400,
        type: 'invalid_request_error',
        param,
      });
    }
    await Promise.all(Array.from({ length: 20 }, () => create({ url })));
    await expect(create({ url })).rejects.toMatchObject({ status: 409 });
    await expect(owner.get('/webhooks?limit=1000')).rejects.toMatchObject({ status: 400 });
  });

  scenario(
    ['endpoint-event', 'endpoint-background-only', 'endpoint-event-types', 'endpoint-foreign'],
    'receives an event when a background response ends, in any dialect, and no other events',
    async () => {
      const jan = await system.jan();
      const owner = new OpenAI({ baseURL: `${system.url}/v1`, apiKey: jan.token, maxRetries: 0 });
      const all = await owner.post<{ signing_secret: string }>('/webhooks', {
        body: { url: receiver.at('all'), description: 'all of them' },
      });
      const failures = await owner.webhooks.create({
        name: 'failures',
        url: receiver.at('failures'),
        event_types: ['response.failed', 'response.cancelled'],
      });
      const received = async (name: string, type: string, id: string, count: number) => {
        const delivery = (await receiver.received(name, count))[count - 1];
        if (!delivery) throw new Error('no delivery');
        const secret = name === 'all' ? all.signing_secret : failures.signing_secret;
        const event = await unwrap(delivery, secret);
        new Webhook(secret).verify(delivery.body, delivery.headers);
        expect(event).toEqual({
          id: textLike(/^evt_\w+$/),
          object: 'event',
          type,
          created_at: anyNumber,
          data: { id },
        });
        expect(delivery.headers['webhook-id']).toMatch(/^wh_\w+$/);
        return event.id;
      };

      await owner.responses.create({ model, input: 'In the foreground' });
      await submit(); // another caller's
      const completed = await submit(owner);
      await received('all', 'response.completed', completed.id, 1);

      provider.script = () => [text('Half'), finish('length')];
      await received('all', 'response.incomplete', (await submit(owner)).id, 2);

      provider.script = () => [fail(400)];
      const { body: failed } = await jan.create({
        input: 'x',
        background: true,
        metadata: { webhook_url: receiver.at('own-url') },
      });
      const eventIds = [
        await received('all', 'response.failed', failed.id, 3),
        await received('failures', 'response.failed', failed.id, 1),
      ];
      expect(new Set(eventIds).size).toBe(1);
      const [own] = await receiver.received('own-url', 1);
      expect(own?.headers['x-jan-event']).toBe('response.failed');

      provider.script = () => [text('Half'), wait(new Promise(() => {}))];
      const cancelled = await submit(owner);
      await owner.responses.cancel(cancelled.id);
      await received('all', 'response.cancelled', cancelled.id, 4);
      await received('failures', 'response.cancelled', cancelled.id, 2);
      expect(receiver.deliveriesAt('all')).toHaveLength(4);
      expect(receiver.deliveriesAt('failures')).toHaveLength(2);
    },
  );

  scenario('endpoint-rotation', 'has two secrets while the first is being replaced', async () => {
    await withEndpoint('rotated', receiver.at('rotated'), async ({ id, signing_secret: old }) => {
      const { signing_secret: next } = await client.webhooks.rotateSecret(id);
      expect(next).not.toBe(old);
      await submit();
      const [both] = await receiver.received('rotated', 1);
      if (!both) throw new Error('no delivery');
      await unwrap(both, old);
      await unwrap(both, next);
      new Webhook(old).verify(both.body, both.headers);

      const { signing_secret: last } = await client.webhooks.rotateSecret(id, {
        keep_old_secret_active_for_24_hours: false,
      });
      await submit();
      const [, one] = await receiver.received('rotated', 2);
      if (!one) throw new Error('no second delivery');
      await unwrap(one, last);
      await expect(unwrap(one, next)).rejects.toThrow();
      await expect(unwrap(one, old)).rejects.toThrow();
    });
  });

  scenario('endpoint-disabled', 'receives nothing while it is disabled', async () => {
    await withEndpoint('paused', receiver.at('paused'), async ({ id }) => {
      expect(await change(id, { enabled: false })).toMatchObject({
        enabled: false,
        disabled_reason: 'by_caller',
      });
      await receiver.received(await endpointWithEvent(), 1);
      expect(await change(id, { enabled: true })).toMatchObject({ enabled: true, disabled_reason: null });
      const { id: heard } = await submit();
      const [delivery] = await receiver.received('paused', 1);
      expect(delivery?.body).toContain(heard);
    });
  });

  scenario('endpoint-gone', 'is disabled when its receiver answers 410', async () => {
    await withEndpoint('gone-for-good', receiver.at('gone-for-good', 410), async ({ id }) => {
      await submit();
      await expect.poll(() => stateOf(id)).toMatchObject({ enabled: false, disabled_reason: 'gone' });
      expect((await deliveriesOf(id)).data).toMatchObject([
        { status: 'failed', attempts: 1, last_status_code: 410 },
      ]);
    });
  });
});

describe('the deliveries of an endpoint', () => {
  scenario(
    ['endpoint-deliveries', 'endpoint-redelivery'],
    'are listed in pages, and sent again under the same id',
    async () => {
      await withEndpoint(
        'listed',
        receiver.at('listed', 200, 404, 404, 404, 404, 200),
        async ({ id, signing_secret }) => {
          const taken = await submit();
          await receiver.received('listed', 1);
          const refused = await submit();
          await expect.poll(async () => (await deliveriesOf(id)).data[0]?.status).toBe('failed');

          const first = await deliveriesOf(id, '?limit=1');
          expect(first).toMatchObject({
            has_more: true,
            data: [
              {
                response_id: refused.id,
                event_type: 'response.completed',
                attempts: 4,
                last_status_code: 404,
                last_error: 'The receiver answered 404.',
              },
            ],
          });
          const rest = await deliveriesOf(id, `?limit=1&after=${first.last_id}`);
          expect(rest).toMatchObject({
            has_more: false,
            data: [{ response_id: taken.id, status: 'delivered', attempts: 1, last_status_code: 200 }],
          });

          for (const [delivery, countBefore] of [
            [first.data[0], 5],
            [rest.data[0], 6],
          ] as const) {
            if (!delivery) throw new Error('no delivery');
            expect(await redeliver(id, delivery.id)).toMatchObject({ id: delivery.id, status: 'pending' });
            const again = (await receiver.received('listed', countBefore + 1)).at(-1);
            if (!again) throw new Error('not sent again');
            expect(again.headers['webhook-id']).toBe(delivery.id);
            expect((await unwrap(again, signing_secret)).data).toEqual({ id: delivery.response_id });
          }
          await expect(redeliver(id, 'wh_00000000000000000000')).rejects.toMatchObject({ status: 404 });
        },
      );
    },
  );

  scenario('endpoint-deleted-response', 'are removed with their response', async () => {
    await withEndpoint(
      'dropped',
      receiver.at('dropped', { status: 503, headers: { 'retry-after': '2' } }),
      async ({ id }) => {
        const { id: response } = await submit();
        await receiver.received('dropped', 1);
        await expect.poll(async () => (await deliveriesOf(id)).data[0]?.last_status_code).toBe(503);
        await client.responses.delete(response);
        expect((await deliveriesOf(id)).data).toEqual([]);
      },
    );
  });
});

/** Registers another endpoint and ends a response; returns the endpoint's name once it has received the event. */
async function endpointWithEvent(): Promise<string> {
  const name = `witness-${crypto.randomUUID()}`;
  await withEndpoint(name, receiver.at(name), async () => {
    await submit();
    await receiver.received(name, 1);
  });
  return name;
}
