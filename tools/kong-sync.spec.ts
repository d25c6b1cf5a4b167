import { execFile, spawn } from 'node:child_process';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { syncKong } from './kong-sync.ts';

const kongFile = fileURLToPath(new URL('../kong/kong.yml', import.meta.url));

let kong: FakeKong;
let sync: (isDryRun?: boolean) => Promise<string[]>;

beforeEach(async () => {
  kong = await FakeKong.start();
  sync = (isDryRun = false) =>
    syncKong({ kongFile, adminUrl: kong.url, jwksUrl: `${kong.url}/jwks`, timeoutMs: 5_000, isDryRun });
});

afterEach(() => kong.close());

describe('kong-sync', () => {
  it('gives the users’ consumer one credential per signing key, and leaves the rest of the file as it is', async () => {
    kong.addKey('key-b');
    kong.addKey('key-a');
    await sync();
    const Sent = z.looseObject({
      consumers: z.array(z.looseObject({ username: z.string(), jwt_secrets: z.unknown().optional() })),
    });
    const sent = Sent.parse(parse(kong.config));
    const users = sent.consumers.find(({ username }) => username === 'antiphon-users');
    expect(users?.jwt_secrets).toEqual([
      { key: 'key-a', algorithm: 'RS256', rsa_public_key: kong.pemOf('key-a') },
      { key: 'key-b', algorithm: 'RS256', rsa_public_key: kong.pemOf('key-b') },
    ]);
    expect(sent.consumers.find(({ username }) => username === 'anonymous')?.jwt_secrets).toBeUndefined();
    expect(kong.config).not.toContain('PRIVATE');
  });

  it('changes nothing the second time, and reports that', async () => {
    kong.addKey('key-a');
    expect((await sync()).at(-1)).toBe('Kong 3.9.3 has taken the configuration');
    expect(await sync()).toEqual(['Kong 3.9.3 has this configuration already']);
    expect(kong.writes).toBe(1);
  });

  it('shows in a dry run what would change, and changes nothing', async () => {
    kong.addKey('key-a');
    expect(await sync(true)).toContain('+ route responses-jwt');
    expect(kong.writes).toBe(0);
    await sync();
    expect(await sync(true)).toEqual(['nothing would change']);
    kong.addKey('key-b');
    kong.config = kong.config
      .replace('read_timeout: 660000', 'read_timeout: 60000')
      .replaceAll('mcp-jwt', 'mcp-old');
    expect(await sync(true)).toEqual([
      '+ route mcp-jwt',
      '+ plugin mcp-jwt-token',
      '+ signing key key-b',
      '- route mcp-old',
      '- plugin mcp-old-token',
      '~ service llm: read_timeout',
    ]);
  });

  it('sees no change in its own configuration, lists of tags included', async () => {
    kong.addKey('key-a');
    await sync();
    // Kong returns an entity without the fields that the file leaves to it.
    kong.config = kong.config.replaceAll(/^ *tags: \[\]\n/gm, '');
    expect(await sync(true)).toEqual(['nothing would change']);
  });

  it('fails in a dry run where Kong would refuse an entity, and names it', async () => {
    kong.addKey('key-a');
    kong.refusedEntity = 'responses-jwt';
    await expect(sync(true)).rejects.toThrow(
      'route responses-jwt: Kong answers 400: schema violation (paths: bad)',
    );
    expect(kong.writes).toBe(0);
  });

  it('runs until it is stopped, and restores the keys of a Kong that lost them', async () => {
    kong.addKey('key-a');
    const script = fileURLToPath(new URL('kong-sync.ts', import.meta.url));
    const child = spawn(process.execPath, [script, '--every', '1'], {
      env: { KONG_CONFIG: kongFile, KONG_ADMIN_URL: kong.url, AUTH_JWKS_URL: `${kong.url}/jwks` },
    });
    const exited = once(child, 'exit');
    await kong.written();
    kong.config = '';
    await kong.written();
    expect(kong.config).toContain('key-a');
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  });

  it('reports what Kong refuses', async () => {
    kong.addKey('key-a');
    kong.refusal = {
      code: 14,
      name: 'invalid declarative configuration',
      message: 'bad',
      fields: { plugins: ['unknown'] },
    };
    await expect(sync()).rejects.toThrow(/^Kong answers 400: bad\n.*"plugins"/s);
  });

  it('refuses a Kong with a database, a silent one, and keys that would lock everyone out', async () => {
    await expect(sync()).rejects.toThrow('no RS256 key');
    kong.addKey('key-a');
    kong.database = 'postgres';
    await expect(sync()).rejects.toThrow('only DB-less');
    const { url } = kong;
    await kong.close();
    const options = { kongFile, adminUrl: url, jwksUrl: `${url}/jwks`, timeoutMs: 5_000, isDryRun: false };
    await expect(syncKong(options)).rejects.toThrow('does not answer');
  });

  it('runs as a script, and fails as one', async () => {
    kong.addKey('key-a');
    const script = fileURLToPath(new URL('kong-sync.ts', import.meta.url));
    const environment = {
      KONG_CONFIG: kongFile,
      KONG_ADMIN_URL: kong.url,
      AUTH_JWKS_URL: `${kong.url}/jwks`,
    };
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, [script, '--dry-run'], { env: environment });
    expect(stdout).toContain('+ service responses');
    kong.database = 'postgres';
    await expect(run(process.execPath, [script], { env: environment })).rejects.toMatchObject({ code: 1 });
  });
});

/** The keys of all tests, because making one takes long. */
const madeKeys = new Map<string, Record<string, unknown>>();

/** The Admin API of a DB-less Kong, and auth's keys, on one port. */
class FakeKong {
  config = '';
  database = 'off';
  writes = 0;
  refusal: Record<string, unknown> | undefined;
  /** The name of an entity that Kong's schema refuses. */
  refusedEntity: string | undefined;
  private readonly news = new EventEmitter();
  private readonly keys = new Map<string, Record<string, unknown>>();
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const [status, body] = this.answer(
          `${request.method} ${request.url}`,
          Buffer.concat(chunks).toString(),
        );
        response.writeHead(status, { 'content-type': 'application/json' }).end(body && JSON.stringify(body));
      });
    });
  }

  static async start(): Promise<FakeKong> {
    const kong = new FakeKong();
    await new Promise<void>((resolve) => kong.server.listen(0, '127.0.0.1', resolve));
    return kong;
  }

  get url(): string {
    // A listening server has an AddressInfo.
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  addKey(kid: string): void {
    let key = madeKeys.get(kid);
    if (!key) {
      const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
      madeKeys.set(kid, (key = { ...privateKey.export({ format: 'jwk' }), kid, alg: 'RS256' }));
    }
    this.keys.set(kid, key);
  }

  pemOf(kid: string): string {
    const key = createPublicKey({ key: this.keys.get(kid) ?? {}, format: 'jwk' });
    return key.export({ type: 'spki', format: 'pem' }).toString();
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    if (this.server.listening) await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private answer(question: string, body: string): [number, Record<string, unknown> | undefined] {
    switch (question) {
      case 'GET /jwks':
        return [200, { keys: [...this.keys.values()] }];
      case 'GET /':
        return [200, { version: '3.9.3', configuration: { database: this.database } }];
      case 'GET /config':
        return [200, { config: this.config }];
      case 'POST /config?check_hash=1':
        return this.write(z.object({ config: z.string() }).parse(JSON.parse(body)).config);
      default:
        if (/^POST \/schemas\/(services|routes|consumers|plugins|jwt_secrets)\/validate$/.test(question))
          return this.validate(question, JSON.parse(body) as Record<string, unknown>);
        return [404, { message: 'Not found' }];
    }
  }

  /** Resolves at the next write. */
  async written(): Promise<void> {
    await once(this.news, 'written');
  }

  private validate(question: string, entity: Record<string, unknown>): [number, Record<string, unknown>] {
    // Kong answers like this for a credential without its consumer.
    if (question.includes('jwt_secrets') && entity['consumer'] === undefined)
      return [400, { message: 'schema violation (consumer: required field missing)' }];
    if (entity['name'] !== undefined && entity['name'] === this.refusedEntity)
      return [400, { message: 'schema violation (paths: bad)' }];
    return [200, { message: 'schema validation successful' }];
  }

  private write(config: string): [number, Record<string, unknown> | undefined] {
    if (this.refusal !== undefined) return [400, this.refusal];
    if (config === this.config) return [304, undefined];
    this.config = config;
    this.writes += 1;
    this.news.emit('written');
    return [201, {}];
  }
}
