import { fail, text, toolCall, wait } from '@antiphon/service-kit/testing';
import OpenAI from 'openai';
import { Webhook } from 'standardwebhooks';
import { expect } from 'vitest';
import type { JanError, JanResponse } from '../clients/jan-client.ts';
import { documentedAnswers, expectLikeDocumented } from '../clients/jan-document.ts';
import { textLike, textWith } from '../checks/matchers.ts';
import { scenario } from '../scenario.ts';
import { sharedSystem } from '../system/system.ts';
import type { Delivery } from '../servers/webhook-receiver.ts';

const system = await sharedSystem();
const { provider, receiver } = system;
const jan = await system.jan();
const { secret } = (await jan.request<{ secret: string }>('GET', '/v1/webhooks/secret')).body;

const submit = async (webhook_url: string, metadata: Record<string, unknown> = {}): Promise<JanResponse> =>
  (await jan.create({ input: 'Analyse', background: true, metadata: { webhook_url, ...metadata } })).body;

const eventOf = ({ body }: Delivery) =>
  JSON.parse(body) as JanResponse & { event: string; error_details?: { code: string } };

/** Throws unless both stock libraries take the delivery for ours. */
async function verify({ body, headers }: Delivery, with_ = secret): Promise<void> {
  new Webhook(with_).verify(body, headers);
  await new OpenAI({ apiKey: 'unused' }).webhooks.verifySignature(body, headers, with_);
}

scenario(
  ['webhook-payload', 'webhook-headers', 'webhook-signature', 'webhook-secret'],
  'reports a completed run, signed',
  async () => {
    provider.script = ({ toolOutputs }) =>
      toolOutputs.length === 0 ? [toolCall('google_search', { q: 'x' })] : [text('The analysis.')];
    const task = await submit(receiver.at('completed'), { user_id: 'user_123' });
    const [delivery] = await receiver.received('completed', 1);
    if (!delivery) throw new Error('no delivery');
    const event = eventOf(delivery);

    expectLikeDocumented(event, documentedAnswers.webhook);
    expect(event).toEqual({ ...(await jan.get(task.id)).body, event: 'response.completed' });
    expect(event).toMatchObject({
      id: task.id,
      status: 'completed',
      output: 'The analysis.',
      metadata: { user_id: 'user_123' },
    });
    expect(delivery.headers).toMatchObject({
      'content-type': textLike(/^application\/json/),
      'x-jan-event': 'response.completed',
      'x-jan-response-id': task.id,
      'webhook-id': textLike(/^\w+$/),
    });
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/=]{32,}$/);
    await verify(delivery);
    await expect(
      verify({ ...delivery, body: delivery.body.replace('completed', 'failed') }),
    ).rejects.toThrow();

    const ofOther = await (await system.jan()).request<{ secret: string }>('GET', '/v1/webhooks/secret');
    expect(ofOther.body.secret).not.toBe(secret);
    await expect(verify(delivery, ofOther.body.secret)).rejects.toThrow();
    expect((await jan.request<{ secret: string }>('GET', '/v1/webhooks/secret')).body.secret).toBe(secret);
  },
);

scenario('webhook-failed', 'reports a failed run with an error message', async () => {
  provider.script = () => [fail(400, { message: 'The context is too long' })];
  const task = await submit(receiver.at('failed'));
  const [delivery] = await receiver.received('failed', 1);
  if (!delivery) throw new Error('no delivery');
  expect(delivery.headers).toMatchObject({ 'x-jan-event': 'response.failed', 'x-jan-response-id': task.id });
  expect(eventOf(delivery)).toMatchObject({
    id: task.id,
    event: 'response.failed',
    status: 'failed',
    error: textWith('too long'),
    error_details: { code: 'context_too_long', message: textWith('too long') },
  });
  await verify(delivery);
});

scenario('webhook-cancelled', 'reports a cancelled run', async () => {
  provider.script = () => [text('Half'), wait(new Promise(() => {}))];
  const asked = provider.call(provider.calls.length);
  const task = await submit(receiver.at('cancelled'));
  await asked;
  await jan.cancel(task.id);
  const [delivery] = await receiver.received('cancelled', 1);
  if (!delivery) throw new Error('no delivery');
  expect(eventOf(delivery)).toMatchObject({ id: task.id, event: 'response.cancelled', status: 'cancelled' });
});

scenario('webhook-retries', 'is retried under the same id until it is accepted', async () => {
  const task = await submit(receiver.at('retried', 500, 503, 200));
  const deliveries = await receiver.received('retried', 3);
  expect(new Set(deliveries.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
  expect(new Set(deliveries.map(({ body }) => body)).size).toBe(1);
  for (const delivery of deliveries) await verify(delivery);
  await system.app('worker').says(new RegExp(`"responseId":"${task.id}","attempt":3.*webhook delivered`));
  expect(receiver.deliveriesAt('retried')).toHaveLength(3);
});

scenario(
  ['webhook-redirect', 'webhook-bounded'],
  'counts a redirect as a failure, and ends after its retries',
  async () => {
    const elsewhere = receiver.at('elsewhere');
    const task = await submit(receiver.at('moved', { status: 302, headers: { location: elsewhere } }));
    await system.app('worker').says(givenUp(task));
    expect(receiver.deliveriesAt('moved')).toHaveLength(4);
    expect(receiver.deliveriesAt('elsewhere')).toHaveLength(0);
  },
);

scenario('webhook-bounded', 'does not wait for a receiver that never answers', async () => {
  await submit(receiver.at('silent', 'hang', 200));
  const deliveries = await receiver.received('silent', 2);
  expect(deliveries[0]?.headers['webhook-id']).toBe(deliveries[1]?.headers['webhook-id']);
});

scenario('webhook-gone', 'ends at a 410', async () => {
  const task = await submit(receiver.at('gone', 410));
  await system.app('worker').says(givenUp(task));
  expect(receiver.deliveriesAt('gone')).toHaveLength(1);
});

scenario('webhook-url', 'is refused if its URL is private', async () => {
  for (const webhook_url of [
    'not a url',
    'ftp://example.com/hook',
    'http://10.0.0.1/hook',
    'http://localhost:5432/',
    'http://169.254.169.254/latest/meta-data',
    'http://[::1]/hook',
    'https://user:password@example.com/hook',
    7,
  ]) {
    const { status, body } = await jan.create<JanError>({
      input: 'x',
      background: true,
      metadata: { webhook_url },
    });
    expect(status, String(webhook_url)).toBe(400);
    expect(body.error).toMatchObject({
      type: 'invalid_request_error',
      message: textWith('webhook_url'),
    });
  }
});

/** What the worker says when it will not try again. */
function givenUp(task: JanResponse): RegExp {
  return new RegExp(`"responseId":"${task.id}".*"isLast":true.*webhook failed`);
}
