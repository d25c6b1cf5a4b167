import { describe, expect, vi, it } from 'vitest';
import { scenario } from '../scenario.ts';
import { documentedSystem, idOf, uncalled } from './documented-system.ts';

const { api, token, system } = await documentedSystem();

describe.each(['Endpoint', 'Webhook'])('webhooks: the routes of %s', (noun) => {
  const call = (name: string, options: Parameters<typeof api.call>[1] = {}) =>
    api.call(`webhooks.${name}`, { token, ...options });
  const unknown = {
    id: 'we_0000000000000000000000000000000000',
    delivery: 'wh_0000000000000000000000000000000000',
  };

  scenario('docs-replies', 'answer as documented', async () => {
    const url = system.receiver.at(`docs-${noun}`);
    const created = await call(`create${noun}`, { body: { url, name: 'docs' } });
    const parameters = { id: idOf(created) };
    const ended = await api.call('openai.createResponse', {
      body: { model: 'gpt-scripted', input: 'x', background: true },
      token,
    });
    // A received delivery counts as being sent until the worker has read the reply, and is not sent again meanwhile.
    const delivered = () =>
      vi.waitFor(
        async () => {
          const list = await call(`list${noun}Deliveries`, { parameters });
          expect(list.text).toContain('"delivered"');
          return list;
        },
        { timeout: 10_000, interval: 50 },
      );
    const deliveries = await delivered();
    const { data } = JSON.parse(deliveries.text) as { data: { id: string }[] };
    const delivery = { ...parameters, delivery: data[0]?.id ?? '' };
    const one = { id: delivery.delivery };
    const redelivered = await call('redeliver', { parameters: one });
    await delivered();
    const statuses = [
      ended,
      created,
      deliveries,
      redelivered,
      await call('listDeliveries', { query: '?limit=1' }),
      await call('retrieveDelivery', { parameters: one }),
      await call(`redeliverTo${noun}`, { parameters: delivery }),
      await call(`list${noun}s`, { query: '?limit=1' }),
      await call(`retrieve${noun}`, { parameters }),
      await call(`change${noun}`, { parameters, body: { enabled: false } }),
      await call(`rotate${noun}Secret`, { parameters, body: {} }),
      await call(`delete${noun}`, { parameters }),
    ].map(({ status }) => status);
    expect(statuses).toEqual([200, 200, 200, 202, 200, 200, 202, 200, 200, 200, 200, 200]);
  });

  scenario('docs-replies', 'refuse as documented', async () => {
    const parameters = unknown;
    const refusals = [
      await call(`create${noun}`, { body: { url: 7 } }),
      await call(`list${noun}s`, { query: '?limit=0' }),
      await call(`retrieve${noun}`, { parameters }),
      await call(`change${noun}`, { parameters, body: { enabled: 'yes' } }),
      await call(`rotate${noun}Secret`, { parameters, body: {} }),
      await call(`list${noun}Deliveries`, { parameters }),
      await call(`redeliverTo${noun}`, { parameters }),
      await call('listDeliveries', { query: '?limit=0' }),
      await call('retrieveDelivery', { parameters: { id: unknown.delivery } }),
      await call('redeliver', { parameters: { id: unknown.delivery } }),
      await call(`delete${noun}`, { parameters }),
    ].map(({ status }) => status);
    expect(refusals).toEqual([400, 400, 404, 400, 404, 404, 404, 400, 404, 404, 404]);
  });
});

scenario('docs-replies', 'the secret of webhooks', async () => {
  for (const operation of ['webhooks.retrieveSecret', 'webhooks.rotateSecret']) {
    expect((await api.call(operation, { token })).status).toBe(200);
    expect((await api.call(operation)).status).toBe(401);
  }
});

it('covered every operation, with success and with an error', () => {
  expect(uncalled(api, 'webhooks')).toEqual({ good: [], bad: [] });
});
