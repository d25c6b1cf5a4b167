import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppError, type Caller, type MessageItem, type ResponseEvent, workRoom } from '@antiphon/contracts';
import { testResponse } from '@antiphon/contracts/testing';
import { openaiSocket } from '@antiphon/dialects';
import { ByteRoom, CallerLimits, createLogger } from '@antiphon/service-kit';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { loadConfig } from '../config.ts';
import { ResponseSocket, type ResponseSocketParts } from './response-socket.ts';
import { ConnectionMemory } from './turn-memory.ts';

const config = loadConfig({
  DATABASE_URL: 'postgres://127.0.0.1:1/none',
  ENCRYPTION_KEY: Buffer.alloc(32).toString('base64'),
});
const caller = { userId: 'user_1', tenantId: 'user_1', kind: 'user' as const, scopes: [] };

let server: Server;
let creates: ResponseSocketParts['creates'];
let client: WebSocket;
let open: ResponseSocket;
let authenticate: () => Caller;

beforeEach(async () => {
  authenticate = () => caller;
  const webSockets = new WebSocketServer({ noServer: true });
  server = createServer();
  server.on('upgrade', (request, socket, head) =>
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      open = new ResponseSocket({
        webSocket,
        socket,
        authenticate: async () => authenticate(),
        dialect: openaiSocket,
        creates,
        prompts: {
          async complete(_caller, turn) {
            if (turn.prompt !== null) throw new Error('this test has no prompts');
            return { decoded: turn.decoded, outputCheck: null };
          },
        },
        limits: new CallerLimits(config.tokens.limits),
        room: new ByteRoom(workRoom),
        memory: new ConnectionMemory(10_000).open(),
        config: config.socket,
        logger: createLogger('test', 'silent'),
      });
    }),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(() => {
  client.terminate();
  server.close();
});

async function connect(): Promise<WebSocket> {
  // A server that listens on TCP has an AddressInfo.
  client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await once(client, 'open');
  return client;
}

it('pulls the events of a run at the pace of its client, and the rest when the client has gone', async () => {
  const burstsMax = 4_000;
  let taken = 0;
  let hasEnded = false;
  creates = {
    create: async () =>
      (async function* (): AsyncGenerator<ResponseEvent[]> {
        const response = testResponse({ output: [] });
        yield [{ type: 'response.created', response }];
        const message: MessageItem = {
          type: 'message',
          id: 'msg_1',
          role: 'assistant',
          content: [],
          status: 'in_progress',
        };
        yield [{ type: 'item.added', index: 0, item: message }];
        for (; taken < burstsMax; taken++)
          yield [{ type: 'text.delta', index: 0, itemId: 'msg_1', delta: 'x'.repeat(64 * 1024) }];
        hasEnded = true;
      })(),
  };
  await connect();
  client.pause();
  client.send(JSON.stringify({ type: 'response.create', model: 'm', input: 'x' }));
  // The buffers of the system take some megabytes; the run has 250.
  let seen = -1;
  await expect.poll(() => [taken > 0 && taken === seen, (seen = taken)][0], { interval: 100 }).toBe(true);
  expect(taken).toBeLessThan(burstsMax / 4);
  client.terminate();
  await expect.poll(() => hasEnded).toBe(true);
});

it('closes with its turn when its own token is revoked, and stays open when another one is', async () => {
  const gone = Promise.withResolvers<void>();
  creates = {
    create: async (_caller, _request, _options, signal) =>
      (async function* (): AsyncGenerator<ResponseEvent[]> {
        yield [{ type: 'response.created', response: testResponse({ output: [] }) }];
        await once(signal, 'abort');
        gone.resolve();
      })(),
  };
  await connect();
  const received: { type: string; error?: { code: string } }[] = [];
  client.on('message', (data: Buffer) =>
    received.push(JSON.parse(data.toString('utf8')) as (typeof received)[0]),
  );
  client.send(JSON.stringify({ type: 'response.create', model: 'm', input: 'x' }));
  await expect.poll(() => received.length).toBe(1);
  await open.recheck();
  expect(client.readyState).toBe(client.OPEN);
  authenticate = () => {
    throw new AppError('unauthenticated', 'The access token was revoked: log in again.');
  };
  const closed = once(client, 'close');
  void open.recheck();
  expect((await closed)[0]).toBe(1008);
  expect(JSON.stringify(received.at(-1))).toContain('was revoked');
  await gone.promise;
});
