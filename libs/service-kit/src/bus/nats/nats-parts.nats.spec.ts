import { AppError, defineRpc, defineStream } from '@antiphon/contracts';
import { connect, createInbox, headers } from '@nats-io/transport-node';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createLogger } from '../../telemetry/logger.ts';
import { NatsBus } from './nats-bus.ts';
import { replyBytesMax } from './nats-parts.ts';

const url = process.env.TEST_NATS_URL ?? '';
const megabyte = 1024 * 1024;
const never = new AbortController().signal;

const repeat = defineRpc({
  subject: 'parts.repeat',
  request: z.object({ text: z.string(), times: z.number() }),
  reply: z.object({ text: z.string() }),
});
/** The chunk that ends in a full stop is the last one. */
const repeats = defineStream({
  subject: 'parts.repeats',
  request: z.object({ times: z.array(z.number()) }),
  chunk: z.string(),
  isLast: (text) => text.endsWith('.'),
});

const opened: NatsBus[] = [];
afterEach(async () => {
  for (const bus of opened.splice(0)) await bus.close();
});

async function newBus(): Promise<NatsBus> {
  const bus = new NatsBus(await connect({ servers: url }), createLogger('test', 'silent'));
  opened.push(bus);
  return bus;
}

/** A client, and a host that repeats texts. */
async function ends(): Promise<[NatsBus, NatsBus]> {
  const [client, host] = [await newBus(), await newBus()];
  host.handle(repeat, async ({ text, times }) => ({ text: text.repeat(times) }));
  host.handleStream(repeats, async function* ({ times }) {
    for (const [place, count] of times.entries())
      yield `${place}`.repeat(count) + (place === times.length - 1 ? '.' : '');
  });
  await host.ready();
  return [client, host];
}

describe('a reply that is larger than a message of NATS', () => {
  it.each([7, 9, 20, 31])('arrives whole with %i MiB', async (size) => {
    const [client] = await ends();
    const { text } = await client.call(repeat, { text: 'ab', times: (size * megabyte) / 2 }, 10_000);
    expect(text === 'ab'.repeat((size * megabyte) / 2)).toBe(true);
  });

  it('keeps characters of several bytes whole', async () => {
    const [client] = await ends();
    const { text } = await client.call(repeat, { text: 'a€😀', times: 1.5 * megabyte }, 10_000);
    expect(text === 'a€😀'.repeat(1.5 * megabyte)).toBe(true);
  });

  it('does not mix with other replies', async () => {
    const [client] = await ends();
    const sizes = [10, 1, 12, 1, 9];
    const replies = await Promise.all(
      sizes.map((size, i) => client.call(repeat, { text: `${i}`, times: size * megabyte }, 10_000)),
    );
    expect(replies.map(({ text }) => [text[0], text.at(-1), text.length / megabyte])).toEqual(
      sizes.map((size, i) => [`${i}`, `${i}`, size]),
    );
  });

  it('is refused beyond the most that a reply may have, with what to do', async () => {
    const [client] = await ends();
    const error = await client
      .call(repeat, { text: 'x', times: replyBytesMax }, 10_000)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({
      code: 'payload_too_large',
      message:
        'The answer of the parts service has 33554443 bytes, and 33554432 are the most: request less at once.',
    });
    await expect(client.call(repeat, { text: 'x', times: 3 }, 10_000)).resolves.toEqual({ text: 'xxx' });
  });

  it('is refused to a client that does not put parts together', async () => {
    await ends();
    const connection = await connect({ servers: url });
    const reply = createInbox();
    const replies = connection.subscribe(reply, { max: 1 });
    connection.publish(repeat.subject, JSON.stringify({ text: 'x', times: 9 * megabyte }), {
      reply,
      headers: headers(),
    });
    for await (const message of replies)
      expect(JSON.parse(message.string())).toMatchObject({ code: 'payload_too_large' });
    await connection.close();
  });
});

describe('a stream', () => {
  it('carries chunks that are larger than a message, between others and as its end', async () => {
    const [client] = await ends();
    const sizes = [3, 9 * megabyte, 5, 17 * megabyte];
    const chunks: string[] = [];
    for await (const chunk of client.stream(repeats, { times: sizes }, never)) chunks.push(chunk);
    const sent = sizes.map((size, place) => `${place}`.repeat(size) + (place === 3 ? '.' : ''));
    expect(chunks.map((chunk, place) => chunk === sent[place])).toEqual([true, true, true, true]);
  });

  it('ends with the error of a chunk that is too large', async () => {
    const [client] = await ends();
    const chunks = client.stream(repeats, { times: [2, replyBytesMax] }, never)[Symbol.asyncIterator]();
    expect(await chunks.next()).toEqual({ done: false, value: '00' });
    await expect(chunks.next()).rejects.toMatchObject({ code: 'payload_too_large' });
  });
});

describe('a request that is larger than a message of NATS', () => {
  it('is refused with what to do, and is not repeated', async () => {
    const [client] = await ends();
    const text = 'x'.repeat(9 * megabyte);
    const refusal = {
      code: 'payload_too_large',
      message: expect.stringMatching(/more than 8388608 bytes together: begin a new conversation/) as string,
    };
    await expect(
      client.call(repeat, { text, times: 1 }, { timeoutMs: 1_000, waitMs: 5_000 }),
    ).rejects.toMatchObject(refusal);
    const times = Array.from({ length: 5 * megabyte }, () => 1);
    const chunks = client.stream(repeats, { times }, never)[Symbol.asyncIterator]();
    await expect(chunks.next()).rejects.toMatchObject(refusal);
  });
});
