import { createHash, createHmac, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import jwt from 'jsonwebtoken';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectTo } from '../__fixtures__/connect.ts';
import { modelRequest } from '../__fixtures__/model-request.ts';
import { AwsSignature } from './aws-signature.ts';
import { GoogleServiceAccount } from './google-service-account.ts';
import { headerKey } from './authorizer.ts';

interface Received {
  message: IncomingMessage;
  body: string;
}

const answer = 'data: {"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\n';
const never = new AbortController().signal;

let server: Server;
let url: string;
let received: Received[];
/** The reply to a request: status and body. */
let reply: (request: Received) => [number, string];

beforeEach(async () => {
  received = [];
  reply = () => [200, answer];
  server = createServer((message, response) => {
    void text(message).then((body) => {
      received.push({ message, body });
      const [status, content] = reply({ message, body });
      response.writeHead(status).end(content);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  server.close();
});

async function ask(options: Parameters<typeof connectTo>[1], signal = never): Promise<void> {
  const provider = connectTo(`${url}/v1?x=a%20b`, options);
  try {
    for await (const burst of provider.stream(modelRequest('Hi'), signal))
      expect(burst.length).toBeGreaterThan(0);
  } finally {
    await provider.close();
  }
}

describe('a key in a header', () => {
  it('is sent, and is removed from messages', async () => {
    reply = () => [400, '{"error":{"message":"the field of k-123 is wrong"}}'];
    const asked = ask({ authorizer: headerKey('x-api-key', 'k-123'), headers: { 'x-team': 'red' } });
    await expect(asked).rejects.toThrow('the field of [removed] is wrong');
    expect(received[0]?.message.headers).toMatchObject({ 'x-api-key': 'k-123', 'x-team': 'red' });
    expect(received[0]?.message.headers.authorization).toBeUndefined();
  });
});

describe("AWS's signature", () => {
  const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'token' };
  const authorizer = new AwsSignature(() => Promise.resolve(credentials), {
    service: 'bedrock',
    region: 'eu-west-1',
  });

  /** The signature of a received request, by AWS's description of version 4. */
  function signatureOf({ message, body }: Received): string {
    const date = String(message.headers['x-amz-date']);
    const [path = '', query = ''] = (message.url ?? '').split('?');
    const scope = `${date.slice(0, 8)}/eu-west-1/bedrock/aws4_request`;
    const sha = (content: string) => createHash('sha256').update(content).digest('hex');
    const hmac = (key: string | Buffer, content: string) =>
      createHmac('sha256', key).update(content).digest();
    const canonical = [
      message.method,
      path.split('/').map(encodeURIComponent).join('/'),
      query,
      `host:${message.headers.host}`,
      `x-amz-date:${date}`,
      'x-amz-security-token:token',
      '',
      'host;x-amz-date;x-amz-security-token',
      sha(body),
    ].join('\n');
    const key = ['eu-west-1', 'bedrock', 'aws4_request'].reduce<Buffer>(
      hmac,
      hmac('AWS4secret', date.slice(0, 8)),
    );
    return hmac(key, `AWS4-HMAC-SHA256\n${date}\n${scope}\n${sha(canonical)}`).toString('hex');
  }

  it('is made of method, path, query and body, for turns and for lists', async () => {
    reply = ({ message }) => [200, message.method === 'GET' ? '{"data":[{"id":"one"}]}' : answer];
    await ask({ authorizer });
    const provider = connectTo(`${url}/model/a.b%3A0`, { authorizer });
    expect(await provider.listModels(never)).toEqual([{ id: 'one', createdAt: 0 }]);
    await provider.close();
    for (const request of received) {
      expect(request.message.headers.authorization).toContain(`Signature=${signatureOf(request)}`);
      expect(request.message.headers['x-amz-security-token']).toBe('token');
    }
    expect(received.map(({ message }) => message.url)).toEqual([
      '/v1/chat/completions?x=a%20b',
      '/model/a.b%3A0/models',
    ]);
  });

  it('is not made for a request that is aborted before', async () => {
    await expect(ask({ authorizer }, AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
    const abort = new AbortController();
    const provider = connectTo(url, { authorizer });
    const first = provider.stream(modelRequest('Hi'), abort.signal)[Symbol.asyncIterator]().next();
    abort.abort();
    await expect(first).rejects.toMatchObject({ code: 'cancelled' });
    await provider.close();
    expect(received).toHaveLength(0);
  });
});

describe('a Google service account', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  let nowMs = 0;
  let exchanges = 0;
  const account = (key = privateKey) =>
    new GoogleServiceAccount(
      {
        client_email: 'me@project.example',
        private_key: key,
        private_key_id: 'k1',
        token_uri: `${url}/token`,
      },
      'Vertex',
      () => nowMs,
    );

  beforeEach(() => {
    exchanges = 0;
    nowMs = 0;
    reply = ({ message, body }) => {
      if (message.url !== '/token') return [200, answer];
      const form = new URLSearchParams(body);
      const claims = jwt.verify(form.get('assertion') ?? '', publicKey, { audience: `${url}/token` });
      expect(claims).toMatchObject({
        iss: 'me@project.example',
        scope: 'https://www.googleapis.com/auth/cloud-platform',
      });
      return [200, JSON.stringify({ access_token: `token-${++exchanges}`, expires_in: 3_600 })];
    };
  });

  it('exchanges one assertion for a token of all requests, and another before the token ends', async () => {
    const authorizer = account();
    await Promise.all([ask({ authorizer }), ask({ authorizer })]);
    await ask({ authorizer });
    nowMs = 3_545_000;
    await ask({ authorizer });
    const sent = received.filter(({ message }) => message.url !== '/token');
    expect(sent.map(({ message }) => message.headers.authorization)).toEqual([
      'Bearer token-1',
      'Bearer token-1',
      'Bearer token-1',
      'Bearer token-2',
    ]);
  });

  it('that is refused fails the request with words about the credentials, and is asked again', async () => {
    const exchange = reply;
    const authorizer = account();
    const refused = {
      code: 'model_error',
      message: "The provider Vertex did not accept this server's credentials",
    };
    for (const status of [400, 401]) {
      reply = () => [status, '{"error":"invalid_grant"}'];
      await expect(ask({ authorizer })).rejects.toMatchObject(refused);
    }
    reply = exchange;
    await ask({ authorizer });
    await expect(ask({ authorizer: account('-----BEGIN nothing') })).rejects.toMatchObject(refused);
  });
});
