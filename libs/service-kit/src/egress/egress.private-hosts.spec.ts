import { AppError } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { readEnv } from '../config/env.ts';
import { readLimits } from '../config/limits-file.ts';
import { egressConfig, egressEnv, egressLimits } from './egress-config.ts';
import { bounds, egress, failure, never, serve } from '../testing/egress-parts.ts';

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
