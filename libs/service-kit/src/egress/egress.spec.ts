import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Readable } from 'node:stream';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { AppError } from '@antiphon/contracts';
import { afterEach, describe, expect, it } from 'vitest';
import { readEnv } from '../config/env.ts';
import { readLimits } from '../config/limits-file.ts';
import { egressConfig, egressEnv, egressLimits } from './egress-config.ts';
import { Egress, type EgressRequest, type EgressStreamRequest } from './egress.ts';
import { guardedAgent, RefusedAddress, type ResolveName } from './guarded-agent.ts';
import { ReachRules } from './reach-rules.ts';

const bounds: EgressRequest = { redirectsMax: 3, decodedBytesMax: 1024 * 1024, timeoutMs: 5_000 };
const never = new AbortController().signal;
const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A server on loopback that records its requests. */
async function serve(listener: RequestListener, host = '127.0.0.1') {
  const requests: IncomingMessage[] = [];
  const server: Server = createServer((request, reply) => {
    requests.push(request);
    listener(request, reply);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  closers.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo; // a TCP server that listens has one
  return { port, requests, server, url: `http://127.0.0.1:${port}` };
}

interface EgressOptions {
  hosts?: string[];
  ports?: number[];
  purpose?: 'webhooks' | 'tools' | 'mcp' | 'links';
  resolve?: (name: string) => string[];
}

function egress(options: EgressOptions = {}) {
  const resolveName: ResolveName = (name, _options, callback) => {
    const addresses = (options.resolve ?? (() => []))(name);
    if (addresses.length === 0)
      return callback(Object.assign(new Error(`ENOTFOUND ${name}`), { code: 'ENOTFOUND' }), []);
    callback(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  const made = new Egress(
    {
      allowedHosts: options.hosts ?? [],
      allowedPorts: options.ports ?? [80, 443],
      connectTimeoutMs: 1_000,
      connectionsPerHostMax: 4,
    },
    options.purpose ?? 'tools',
    resolveName,
  );
  closers.push(() => made.close());
  return made;
}

async function failure(promise: Promise<unknown>): Promise<AppError> {
  const error = await promise.then(
    () => new Error('it was let through'),
    (reason: unknown) => reason,
  );
  if (error instanceof AppError) return error;
  throw error;
}

function thrown(act: () => unknown): unknown {
  try {
    return act();
  } catch (error) {
    return error;
  }
}

describe('the text of a URL', () => {
  const hosts = [
    'localhost',
    'LOCALHOST',
    'localhost.',
    'sub.localhost',
    '127.0.0.1',
    '127.0.0.1.',
    '127.1',
    '127.0.1',
    '2130706433',
    '017700000001',
    '0177.0.0.1',
    '0x7f.0.0.1',
    '0x7f000001',
    '0x7F.1',
    '127.255.255.254',
    '0',
    '0.0.0.0',
    '１２７.０.０.１',
    '①②⑦.⓪.⓪.①',
    '127。0。0。1',
    '%31%32%37.0.0.1',
    '[::1]',
    '[0:0:0:0:0:0:0:1]',
    '[::]',
    '[::127.0.0.1]',
    '[::7f00:1]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[::ffff:0:127.0.0.1]',
    '[64:ff9b::127.0.0.1]',
    '[64:ff9b:1::7f00:1]',
    '[2002:7f00:1::]',
    '[fe80::1]',
    '[fec0::1]',
    '[fd00::1]',
    '10.0.0.1',
    '172.16.0.1',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '100.100.100.200',
    '168.63.129.16',
    '224.0.0.1',
    '255.255.255.255',
    ...[
      'localhost..',
      'localhost%2e',
      'ⓛocalhost',
      'ｌｏｃａｌｈｏｓｔ',
      'localhost。',
      'localhost.localdomain',
      'ip6-loopback',
    ],
    ...[
      '127.000.000.001',
      '127.0.0.1..',
      '127.0.0.0x1',
      '00000000177.0.0.1',
      '2130706433.',
      '127｡0｡0｡1',
      '127．0．0．1',
    ],
    ...['0x0', '0.0', '0.0.0.1', '0x7f00000000000001', '4294967295'],
    ...['[0000:0000:0000:0000:0000:0000:0000:0001]', '[::1%25lo]', '[::ffff:10.0.0.1]', '[::ffff:0.0.0.0]'],
    ...[
      '[64:ff9b::a9fe:a9fe]',
      '[64:ff9b:1:7f00:0:100::]',
      '[2002:a00:1::]',
      '[2001:0:4136:e378:8000:63bf:80ff:fffe]',
    ],
    ...[
      '[2001:db8::1]',
      '[2001:2::1]',
      '[2001:10::1]',
      '[2001:20::1]',
      '[3fff::1]',
      '[5f00::1]',
      '[100::1]',
      '[ff02::1]',
    ],
    ...['[febf::1]', '[fc00::1]', '[fd00:ec2::254]', '[4000::1]'],
    ...['0xa9fea9fe', '2852039166', '0251.0376.0251.0376', '169.254.43518', '172.31.255.254', '192.0.0.192'],
    ...[
      '192.0.2.1',
      '192.88.99.1',
      '198.18.0.1',
      '198.51.100.1',
      '203.0.113.1',
      '239.255.255.250',
      '240.0.0.1',
    ],
    'printer',
    'printer.local',
    'router.lan',
    'nas.home.arpa',
    '1.0.0.127.in-addr.arpa',
    'postgres.default.svc',
    'metadata.google.internal',
  ];

  it.each(hosts)('%s is not reached', async (host) => {
    const canary = await serve((_request, reply) => reply.end('reached'));
    const out = egress({ ports: [canary.port], resolve: () => ['127.0.0.1'] });
    const error = await failure(out.fetch(`http://${host}:${canary.port}/`, bounds, never));
    expect(error.message).not.toMatch(/127|::1/);
    expect(canary.requests).toHaveLength(0);
    expect(() => out.checkUrl(`http://${host}:${canary.port}/`)).toThrow(AppError);
  });

  it.each([
    'http://user@example.com/',
    'http://user:pass@example.com/',
    'http://example.com@127.0.0.1/',
    'http://example.com\\@127.0.0.1/',
    'http://exa\tmple.com/',
    'http://example.com/\r\nHost: x',
    ' http://example.com/',
    'http://example.com/\u0000',
    'file:///etc/passwd',
    'ftp://example.com/',
    'gopher://example.com/',
    'data:text/plain,hello',
    'javascript:alert(1)',
    '//example.com/',
    'example.com',
    'http://',
    'http://[::1',
    'http://example.com:99999/',
    'http://example.com:22/',
  ])('%j is refused', async (url) => {
    const error = await failure(egress({ resolve: () => ['127.0.0.1'] }).fetch(url, bounds, never));
    expect(error.code).toBe('invalid_request');
  });

  it('is refused beyond its maximum length', () => {
    expect(() => egress().checkUrl(`http://example.com/${'a'.repeat(9000)}`)).toThrow(AppError);
  });

  it('is checked again where the socket is opened', async () => {
    const canary = await serve((_request, reply) => reply.end('reached'));
    const rules = new ReachRules({ allowedHosts: [], allowedPorts: [canary.port] });
    const agent = guardedAgent(rules, { connectTimeoutMs: 1_000, connectionsPerHostMax: 1 });
    closers.push(() => agent.destroy());
    for (const origin of [
      canary.url,
      `http://localhost:${canary.port}`,
      `http://[::ffff:7f00:1]:${canary.port}`,
    ]) {
      await expect(agent.request({ origin, path: '/', method: 'GET' })).rejects.toThrow(RefusedAddress);
    }
    expect(canary.requests).toHaveLength(0);
  });

  it('has the same message for every reason, which names the field', () => {
    const out = egress();
    const reasons = [
      'http://10.0.0.1/',
      'http://example.com:22/',
      'ftp://x.com',
      'nonsense',
      'http://printer/',
    ];
    const messages = new Set(reasons.map((url) => String(thrown(() => out.checkUrl(url, 'webhook_url')))));
    expect(messages.size).toBe(1);
    expect(thrown(() => out.checkUrl('nonsense', 'webhook_url'))).toMatchObject({
      code: 'invalid_request',
      param: 'webhook_url',
    });
  });

  it('lets public hosts pass without resolving them', () => {
    const out = egress({
      resolve: () => {
        throw new Error('resolved');
      },
    });
    for (const url of [
      'https://example.com/a?b#c',
      'http://93.184.216.34/',
      'https://[2606:4700::1111]/',
      'https://bücher.de/',
    ]) {
      expect(out.checkUrl(url)).toBeInstanceOf(URL);
    }
  });
});

describe('the addresses of a name', () => {
  it.each([
    [['127.0.0.1']],
    [['10.1.2.3']],
    [['93.184.216.34', '127.0.0.1']],
    [['::1', '2606:4700::1111']],
    [['::ffff:127.0.0.1']],
    [['::127.0.0.1']],
    [['not an address']],
  ])('%j is not reached', async (addresses) => {
    const canary = await serve((_request, reply) => reply.end('reached'));
    const out = egress({ ports: [canary.port], resolve: () => addresses });
    const error = await failure(out.fetch(`http://example.com:${canary.port}/`, bounds, never));
    expect(error).toMatchObject({ code: 'unavailable', message: 'The server could not be reached.' });
    expect(canary.requests).toHaveLength(0);
  });

  it('has the same message for a private name and an unknown one', async () => {
    const inside = await failure(
      egress({ resolve: () => ['10.0.0.1'] }).fetch('http://a.example.com/', bounds, never),
    );
    const unknown = await failure(egress().fetch('http://b.example.com/', bounds, never));
    expect(inside.toInfo()).toEqual(unknown.toInfo());
  });

  it('are resolved once, and the checked ones are connected to', async () => {
    const server = await serve((_request, reply) => reply.end('checked'));
    const answers = [['127.0.0.1'], ['127.0.0.2'], ['127.0.0.2']];
    const host = `rebind.example.com:${server.port}`;
    const out = egress({ hosts: [host], resolve: () => answers.shift() ?? [] });
    const { body } = await out.fetch(`http://${host}/`, bounds, never);
    expect(body.toString()).toBe('checked');
    expect(answers).toHaveLength(2);
  });
});

describe('a host that the operator lists', () => {
  const toLoopback = () => ['127.0.0.1'];

  it.each([
    ['an address', ['127.0.0.1'], '127.0.0.1'],
    ['an address in another spelling', ['127.0.0.1'], '0x7f.1'],
    ['an IPv6 address', ['::ffff:127.0.0.1'], '[::ffff:7f00:1]'],
    ['a host', ['localhost'], 'localhost'],
    ['a host in other letters', ['LocalHost.'], 'LOCALHOST'],
    ['a service name', ['searxng'], 'searxng'],
  ])('reaches %s on any port', async (_what, hosts, host) => {
    const server = await serve((_request, reply) => reply.end('hello'));
    const { body, status } = await egress({ hosts, resolve: toLoopback }).fetch(
      `http://${host}:${server.port}/`,
      bounds,
      never,
    );
    expect([status, body.toString()]).toEqual([200, 'hello']);
  });

  it('is reached on its port only, where it has one', async () => {
    const server = await serve((_request, reply) => reply.end('hello'));
    const canary = await serve((_request, reply) => reply.end('reached'));
    for (const host of ['127.0.0.1', 'tool.internal']) {
      const out = egress({ hosts: [`${host}:${server.port}`], ports: [canary.port], resolve: toLoopback });
      expect((await out.fetch(`http://${host}:${server.port}/`, bounds, never)).body.toString()).toBe(
        'hello',
      );
      await failure(out.fetch(`http://${host}:${canary.port}/`, bounds, never));
    }
    expect(canary.requests).toHaveLength(0);
  });

  it('is reached by its name only', async () => {
    const canary = await serve((_request, reply) => reply.end('reached'));
    const out = egress({ hosts: ['127.0.0.1'], ports: [canary.port], resolve: toLoopback });
    for (const host of ['rebound.example.com', 'localhost', '[::ffff:7f00:1]', '127.0.0.2']) {
      await failure(out.fetch(`http://${host}:${canary.port}/`, bounds, never));
    }
    expect(canary.requests).toHaveLength(0);
  });

  it('needs brackets around an IPv6 address with a port', async () => {
    const out = egress({ hosts: ['[::1]:9000'] });
    expect(() => out.checkUrl('http://[::1]:9000/')).not.toThrow();
    expect(() => out.checkUrl('http://[::1:9000]/')).toThrow(AppError);
  });

  it('is read from the environment, and an invalid entry is named in the error', () => {
    const env = readEnv(egressEnv, {
      EGRESS_ALLOWED_HOSTS: '127.0.0.1, host.internal:8080,fd00::1',
      EGRESS_ALLOWED_PORTS: '443',
    });
    expect(egressConfig(env, readLimits(egressLimits, {}))).toEqual({
      allowedHosts: ['127.0.0.1', 'host.internal:8080', 'fd00::1'],
      allowedPorts: [443],
      connectTimeoutMs: 5_000,
      connectionsPerHostMax: 32,
    });
    for (const entry of ['http://x/y', '10.0.0.0/8', '*', '*.internal', 'host:port', ':80', 'user@host']) {
      expect(() => readEnv(egressEnv, { EGRESS_ALLOWED_HOSTS: entry })).toThrow(
        `EGRESS_ALLOWED_HOSTS: "${entry}"`,
      );
    }
    expect(() => readEnv(egressEnv, { EGRESS_ALLOWED_PORTS: '80,http' })).toThrow(
      /EGRESS_ALLOWED_PORTS.*"http"/,
    );
  });
});

describe('a private host that is open for a purpose', () => {
  const hosts = ['webhooks:127.0.0.1:9999', 'tools:10.0.0.1', 'mcp:8091', 'mcp:mcp:8092', '10.0.0.9'];
  const urls = {
    receiver: 'http://127.0.0.1:9999/',
    page: 'http://10.0.0.1:7000/',
    container: 'http://mcp:8091/',
    server: 'http://mcp:8092/mcp',
    any: 'http://10.0.0.9/',
  };
  const opened = (purpose: 'webhooks' | 'tools' | 'mcp' | 'links' | 'redirects') =>
    Object.entries(urls).flatMap(([name, url]) => {
      try {
        egress({ hosts }).checkUrl(url, 'url', purpose);
        return [name];
      } catch (error) {
        expect(error).toMatchObject({ code: 'invalid_request', param: 'url' });
        return [];
      }
    });

  it('is open for that purpose only, and without a purpose for all but redirects; a host may have the name of a purpose', () => {
    expect(opened('webhooks')).toEqual(['receiver', 'container', 'any']);
    expect(opened('tools')).toEqual(['page', 'container', 'any']);
    expect(opened('mcp')).toEqual(['container', 'server', 'any']);
    expect(opened('links')).toEqual(['container', 'any']);
    expect(opened('redirects')).toEqual([]);
  });

  it('is reached by requests of that purpose', async () => {
    const server = await serve((_request, reply) => reply.end('reached'));
    const listed = { hosts: [`webhooks:127.0.0.1:${server.port}`] };
    const answer = await egress({ ...listed, purpose: 'webhooks' }).fetch(server.url, bounds, never);
    expect(answer.body.toString()).toBe('reached');
    const refused = await failure(egress({ ...listed, purpose: 'tools' }).fetch(server.url, bounds, never));
    expect(refused.code).toBe('invalid_request');
    expect(server.requests).toHaveLength(1);
  });
});

describe('redirects', () => {
  it('lead to another private host only where it is listed for redirects', async () => {
    const inside = await serve((_request, reply) => reply.end('reached'), '127.0.0.1');
    const server = await serve((_request, reply) => reply.writeHead(302, { location: inside.url }).end());
    const first = `http://first.example.com:${server.port}/`;
    const resolve = () => ['127.0.0.1'];
    const open = [`first.example.com:${server.port}`, `127.0.0.1:${inside.port}`];
    const error = await failure(egress({ hosts: open, resolve }).fetch(first, bounds, never));
    expect(error.message).toBe('The server redirects to a URL that may not be requested.');
    expect(inside.requests).toHaveLength(0);
    const named = [...open, `redirects:127.0.0.1:${inside.port}`];
    const followed = await egress({ hosts: named, resolve }).fetch(first, bounds, never);
    expect(followed.body.toString()).toBe('reached');
  });

  it('are checked at each hop', async () => {
    const canary = await serve((_request, reply) => reply.end('reached'));
    const targets = [
      `http://127.0.0.1:${canary.port}/`,
      `http://[::1]:${canary.port}/`,
      'file:///etc/passwd',
      'http://',
    ];
    const server = await serve((request, reply) => {
      reply.writeHead(302, { location: targets[Number(request.url?.slice(1))] }).end();
    });
    const out = egress({ hosts: [`127.0.0.1:${server.port}`], ports: [canary.port] });
    for (const [i] of targets.entries()) {
      const error = await failure(out.fetch(`${server.url}/${i}`, bounds, never));
      expect(error.message).toBe('The server redirects to a URL that may not be requested.');
    }
    expect(canary.requests).toHaveLength(0);
  });

  it('are checked by the names in their targets', async () => {
    const canary = await serve((_request, reply) => reply.end('reached'));
    const server = await serve((_request, reply) => {
      reply.writeHead(307, { location: `http://inside.example.com:${canary.port}/` }).end();
    });
    const out = egress({
      hosts: [`127.0.0.1:${server.port}`],
      ports: [canary.port],
      resolve: () => ['127.0.0.1'],
    });
    await failure(out.fetch(server.url, bounds, never));
    expect(canary.requests).toHaveLength(0);
  });

  it('are followed up to a maximum, or returned', async () => {
    const server = await serve((request, reply) => {
      if (request.url === '/end') reply.end('there');
      else reply.writeHead(301, { location: request.url === '/loop' ? '/loop' : '/end' }).end('moved');
    });
    const out = egress({ hosts: ['127.0.0.1'] });
    const followed = await out.fetch(`${server.url}/start`, bounds, never);
    expect([followed.body.toString(), followed.url]).toEqual(['there', `${server.url}/end`]);
    expect((await failure(out.fetch(`${server.url}/loop`, bounds, never))).message).toBe(
      'The server redirects more than 3 times.',
    );
    const given = await out.fetch(`${server.url}/start`, { ...bounds, redirectsMax: 0 }, never);
    expect([given.status, given.headers.get('location')]).toEqual([301, '/end']);
  });

  it('drop credentials when the origin changes', async () => {
    const other = await serve((_request, reply) => reply.end());
    const server = await serve((request, reply) => {
      reply.writeHead(307, { location: request.url === '/same' ? '/end' : other.url }).end();
    });
    const out = egress({ hosts: ['127.0.0.1'] });
    const headers = {
      Authorization: 'Bearer x',
      Cookie: 'a=b',
      'X-Api-Key': 'k',
      Accept: 'text/html',
      'Content-Type': 'a/b',
    };
    await out.fetch(`${server.url}/other`, { ...bounds, method: 'POST', body: 'hello', headers }, never);
    expect(other.requests[0]).toMatchObject({ method: 'POST' });
    expect(other.requests[0]?.headers).toMatchObject({ accept: 'text/html', 'content-type': 'a/b' });
    for (const name of ['authorization', 'cookie', 'x-api-key'])
      expect(other.requests[0]?.headers).not.toHaveProperty(name);
    await out
      .fetch(`${server.url}/same`, { ...bounds, redirectsMax: 1, headers }, never)
      .catch(() => undefined);
    expect(server.requests.at(-1)?.headers).toMatchObject({ authorization: 'Bearer x', 'x-api-key': 'k' });
  });

  it('turn a POST into a GET where browsers do', async () => {
    const server = await serve((request, reply) => {
      const status = Number(request.url?.slice(1));
      if (status > 0) reply.writeHead(status, { location: '/' }).end();
      else reply.end(request.method);
    });
    const out = egress({ hosts: ['127.0.0.1'] });
    const methods = [];
    for (const status of [301, 302, 303, 307, 308]) {
      const request = { ...bounds, method: 'POST', body: 'x' };
      methods.push((await out.fetch(`${server.url}/${status}`, request, never)).body.toString());
    }
    expect(methods).toEqual(['GET', 'GET', 'GET', 'POST', 'POST']);
  });
});

describe('bounds', () => {
  const zeros = Buffer.alloc(20_000_000);

  it.each([
    ['gzip', gzipSync(zeros)],
    ['deflate', deflateSync(zeros)],
    ['br', brotliCompressSync(zeros)],
    ['zstd', zstdCompressSync(zeros)],
    ['gzip, gzip', gzipSync(gzipSync(zeros))],
    ['identity', zeros],
  ])('counts decoded bytes of %s, and hangs up', async (encoding, body) => {
    const server = await serve((_request, reply) =>
      reply.writeHead(200, { 'content-encoding': encoding }).end(body),
    );
    const error = await failure(egress({ hosts: ['127.0.0.1'] }).fetch(server.url, bounds, never));
    expect(error).toMatchObject({ code: 'payload_too_large', message: 'The answer is larger than 1 MB.' });
  });

  it('counts the encoded bytes of an endless body that decodes to nothing', async () => {
    const emptyBlocks = Buffer.alloc(5 * 10_000, Buffer.from([0, 0, 0, 0xff, 0xff]));
    const server = await serve((_request, reply) => {
      reply.writeHead(200, { 'content-encoding': 'gzip' }).write(gzipSync('').subarray(0, 10));
      const flood = () => {
        while (reply.write(emptyBlocks));
      };
      reply.on('drain', flood).on('error', () => undefined);
      flood();
    });
    const out = egress({ hosts: ['127.0.0.1'] });
    const tooLarge = { code: 'payload_too_large', message: 'The answer is larger than 1 MB.' };
    expect(await failure(out.fetch(server.url, bounds, never))).toMatchObject(tooLarge);
  });

  it.each([
    ['gzip', gzipSync('hello')],
    ['deflate', deflateSync('hello')],
    ['br', brotliCompressSync('hello')],
    ['ZSTD', zstdCompressSync('hello')],
    ['gzip, br', brotliCompressSync(gzipSync('hello'))],
  ])('decodes %s', async (encoding, body) => {
    const server = await serve((_request, reply) =>
      reply.writeHead(404, { 'content-encoding': encoding }).end(body),
    );
    const answer = await egress({ hosts: ['127.0.0.1'] }).fetch(server.url, bounds, never);
    expect([answer.status, answer.body.toString()]).toEqual([404, 'hello']);
  });

  it.each([
    ['gzip', 'not gzip at all'],
    ['compress', 'x'],
    ['gzip, gzip, gzip', 'x'],
  ])('tells a body that is not %s', async (encoding, body) => {
    const server = await serve((_request, reply) =>
      reply.writeHead(200, { 'content-encoding': encoding }).end(body),
    );
    expect((await failure(egress({ hosts: ['127.0.0.1'] }).fetch(server.url, bounds, never))).code).toBe(
      'unavailable',
    );
  });

  it('ends a body that arrives too slowly', async () => {
    const server = await serve((_request, reply) => void reply.writeHead(200).write('a'));
    const closed = new Promise((resolve) =>
      server.server.on('connection', (socket) => socket.on('close', resolve)),
    );
    const error = await failure(
      egress({ hosts: ['127.0.0.1'] }).fetch(server.url, { ...bounds, timeoutMs: 150 }, never),
    );
    expect(error).toMatchObject({ code: 'unavailable', message: 'The server did not answer within 0.15 s.' });
    await closed;
  });

  it.each([
    ['before the head', () => undefined],
    ['within the body', (reply: Parameters<RequestListener>[1]) => void reply.writeHead(200).write('a')],
  ])('an abort %s closes the socket', async (_when, answer) => {
    const aborter = new AbortController();
    const server = await serve((_request, reply) => {
      answer(reply);
      setImmediate(() => aborter.abort());
    });
    const closed = new Promise((resolve) =>
      server.server.on('connection', (socket) => socket.on('close', resolve)),
    );
    const error = await failure(egress({ hosts: ['127.0.0.1'] }).fetch(server.url, bounds, aborter.signal));
    expect(error.code).toBe('cancelled');
    await closed;
  });

  it('does not start an aborted request', async () => {
    const server = await serve((_request, reply) => reply.end());
    const error = await failure(
      egress({ hosts: ['127.0.0.1'] }).fetch(server.url, bounds, AbortSignal.abort()),
    );
    expect([error.code, server.requests.length]).toEqual(['cancelled', 0]);
  });

  it('leaves a body unread when its head is refused', async () => {
    const server = await serve(
      (_request, reply) => void reply.writeHead(200, { 'content-type': 'video/mp4' }).write('a'),
    );
    const closed = new Promise((resolve) =>
      server.server.on('connection', (socket) => socket.on('close', resolve)),
    );
    const checkHead = ({ headers }: { headers: Headers }) => {
      throw new AppError('unsupported_media_type', `${headers.get('content-type')} is not read`);
    };
    const error = await failure(
      egress({ hosts: ['127.0.0.1'] }).fetch(server.url, { ...bounds, checkHead }, never),
    );
    expect(error.message).toBe('video/mp4 is not read');
    await closed;
  });
});

describe('requests', () => {
  it('carry method, headers and body', async () => {
    const server = await serve((request, reply) => void request.pipe(reply));
    const out = egress({ hosts: ['127.0.0.1'] });
    const headers = { 'X-Test': 'ü', 'Idempotency-Key': 'k' };
    const answer = await out.fetch(
      `${server.url}/a%20b?c=d#e`,
      { ...bounds, method: 'put', body: 'hällo', headers },
      never,
    );
    expect(answer.body.toString()).toBe('hällo');
    expect(server.requests[0]).toMatchObject({ method: 'PUT', url: '/a%20b?c=d' });
    expect(server.requests[0]?.headers).toMatchObject({ 'idempotency-key': 'k', 'user-agent': 'Antiphon' });
  });

  it.each<Record<string, string>>([
    { Host: 'evil' },
    { 'Content-Length': '3' },
    { 'Transfer-Encoding': 'chunked' },
    { 'a b': 'c' },
    { a: 'b\r\nc: d' },
  ])('refuse the headers %j', async (headers) => {
    const server = await serve((_request, reply) => reply.end());
    const error = await failure(
      egress({ hosts: ['127.0.0.1'] }).fetch(server.url, { ...bounds, headers }, never),
    );
    expect([error.code, server.requests.length]).toEqual(['invalid_request', 0]);
  });

  it('report a missing server without details', async () => {
    const server = await serve((_request, reply) => reply.end());
    await closers.pop()?.();
    const error = await failure(egress({ hosts: ['127.0.0.1'] }).fetch(server.url, bounds, never));
    expect(error.toInfo()).toEqual({ code: 'unavailable', message: 'The server could not be reached.' });
  });

  it('fail cleanly where the server closes the connection within an answer', async () => {
    const server = await serve((_request, reply) => {
      reply.writeHead(200, { 'content-length': '100' }).write('half');
      setImmediate(() => reply.destroy());
    });
    expect((await failure(egress({ hosts: ['127.0.0.1'] }).fetch(server.url, bounds, never))).code).toBe(
      'unavailable',
    );
  });
});

describe('an answer as a stream', () => {
  const head: EgressStreamRequest = { headTimeoutMs: 500, silenceTimeoutMs: 500, decodedBytesMax: 1000 };
  const read = async (body: Readable) => {
    let text = '';
    for await (const chunk of body as AsyncIterable<Buffer>) text += chunk.toString();
    return text;
  };

  it('is returned before its body', async () => {
    let finish: () => void = () => undefined;
    const { url, port } = await serve((_request, reply) => {
      reply.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
      finish = () => reply.end('data: 2\n\n');
    });
    const answer = await egress({ hosts: [`127.0.0.1:${port}`] }).stream(url, head, never);
    expect(answer.status).toBe(200);
    finish();
    expect(await read(answer.body)).toBe('data: 1\n\ndata: 2\n\n');
  });

  it('is not requested from a refused address, and a redirect is not followed', async () => {
    const inside = await serve((_request, reply) => reply.end('secret'));
    expect(await failure(egress().stream(inside.url, head, never))).toMatchObject({
      code: 'invalid_request',
    });
    const { url, port } = await serve((_request, reply) =>
      reply.writeHead(302, { location: inside.url }).end(),
    );
    const answer = await egress({ hosts: [`127.0.0.1:${port}`] }).stream(url, head, never);
    expect(answer.status).toBe(302);
    answer.body.destroy();
    expect(inside.requests).toEqual([]);
  });

  it('has bounds for its decoded size and for its silence', async () => {
    const { url, port } = await serve((request, reply) => {
      if (request.url === '/zip')
        return reply.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(100_000)));
      return void reply.writeHead(200).write('x');
    });
    const out = egress({ hosts: [`127.0.0.1:${port}`] });
    const zipped = await out.stream(`${url}/zip`, head, never);
    await expect(read(zipped.body)).rejects.toMatchObject({ code: 'payload_too_large' });
    const silent = await out.stream(url, { ...head, silenceTimeoutMs: 50 }, never);
    await expect(read(silent.body)).rejects.toThrow();
  });

  it('ends when the response head is late, and when its signal aborts', async () => {
    const { url, port, server } = await serve((request, reply) => {
      if (request.url === '/begun') reply.writeHead(200).write('x');
    });
    const out = egress({ hosts: [`127.0.0.1:${port}`] });
    const late = await failure(out.stream(url, { ...head, headTimeoutMs: 50 }, never));
    expect(late).toMatchObject({ code: 'unavailable', message: 'The server did not answer within 0.05 s.' });
    const aborter = new AbortController();
    const waiting = failure(out.stream(url, head, aborter.signal));
    aborter.abort();
    expect((await waiting).code).toBe('cancelled');
    const reader = new AbortController();
    const begun = await out.stream(`${url}/begun`, head, reader.signal);
    reader.abort();
    await expect(read(begun.body)).rejects.toThrow();
    await expect
      .poll(() => new Promise((resolve) => server.getConnections((_error, count) => resolve(count))))
      .toBe(0);
  });
});
