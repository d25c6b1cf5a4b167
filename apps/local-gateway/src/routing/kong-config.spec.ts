import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { allPlugins, parseKongConfig } from './kong-config.ts';
import { kongFile } from '../testing/start-gateway.ts';

const config = parseKongConfig(readFileSync(kongFile, 'utf8'), 'kong.yml');
const routes = config.services.flatMap((service) => service.routes.map((route) => ({ service, route })));

describe('kong.yml', () => {
  it('gives every streaming service a long timeout, and no service a retry', () => {
    const streaming = config.services.filter(({ routes }) =>
      routes.some((route) => route.response_buffering === false),
    );
    expect(streaming.map(({ name }) => name)).toEqual([
      'llm',
      'llm-images',
      'llm-prefixed',
      'responses',
      'mcp',
      'mcp-files',
    ]);
    for (const service of streaming) expect(service.read_timeout).toBeGreaterThanOrEqual(660_000);
    for (const service of config.services) expect(service.retries).toBe(0);
  });

  it('has the same paths for API keys as for tokens', () => {
    for (const { service, route } of routes) {
      if (!/-key$/.test(route.name)) continue;
      const twin = service.routes.find(
        ({ name }) => name === route.name.replace(/-(bearer|api)-key$/, '-jwt'),
      );
      expect(route.paths, route.name).toEqual(twin?.paths);
      expect(route.strip_path, route.name).toBe(twin?.strip_path);
    }
  });

  it('lets no plugin entry replace the global removal of identity headers', () => {
    const transformers = allPlugins(config).filter(({ name }) => name === 'request-transformer');
    expect(config.plugins).toContain(transformers[0]);
    expect(transformers).toHaveLength(1);
  });

  it('answers refused tokens through the services: every jwt plugin has its anonymous consumer', () => {
    const plugins = allPlugins(config).filter((plugin) => plugin.name === 'jwt');
    expect(plugins).toHaveLength(9);
    for (const plugin of plugins) expect(plugin.config.anonymous).toBe('anonymous');
  });
});

describe('an unsupported setting is refused by its name', () => {
  const jwt = { key_claim_name: 'kid', claims_to_verify: ['exp'], uri_param_names: [] };

  it.each<[string, Record<string, unknown>, string]>([
    ['an unknown plugin', { plugins: [plugin('acl', {})] }, 'plugins "acl" name is unknown'],
    [
      'an unknown plugin on a route',
      onRoute({ plugins: [plugin('ldap-auth', {})] }),
      'routes "it" plugins "ldap-auth"',
    ],
    [
      'an option of a plugin',
      { plugins: [plugin('cors', { origins: ['*'], methods: ['GET'], cookies: 1 })] },
      '"cookies"',
    ],
    ['a shared counter', { plugins: [plugin('rate-limiting', { minute: 1, policy: 'redis' })] }, 'policy'],
    ['a limit of nothing', { plugins: [plugin('rate-limiting', { policy: 'local' })] }, 'no limit at all'],
    [
      'tokens in the query',
      { plugins: [plugin('jwt', { ...jwt, uri_param_names: ['jwt'] })] },
      'uri_param_names',
    ],
    ['expired tokens', { plugins: [plugin('jwt', { ...jwt, claims_to_verify: [] })] }, 'claims_to_verify'],
    [
      'an unknown anonymous consumer',
      { plugins: [plugin('jwt', { ...jwt, anonymous: 'ghost' })] },
      'no consumer "ghost"',
    ],
    ['hosts of a route', onRoute({ hosts: ['example.com'] }), '"hosts" is not supported'],
    ['a look-ahead', onRoute({ paths: ['~/a(?=/b)'] }), 'look-around'],
    ['a broken expression', onRoute({ paths: ['~/a('] }), 'not a regular expression'],
    ['a broken header expression', onRoute({ headers: { a: ['~*('] } }), 'not a regular expression'],
    ['a header expression in upper case', onRoute({ headers: { a: ['~*^\\S+'] } }), 'lower case'],
    ['a relative path', onRoute({ paths: ['a'] }), 'must start with'],
    ['retries', withService({ retries: 5 }), 'retries'],
    ['another protocol', withService({ url: 'grpc://up:1' }), 'url'],
    ['certificates', { certificates: [] }, '"certificates" is not supported'],
    ['another format', { _format_version: '1.1' }, '_format_version'],
    [
      'a name twice',
      { plugins: [plugin('cors', corsConfig()), plugin('cors', corsConfig())] },
      '"cors" is named twice',
    ],
    [
      'two limits that Kong would count as one',
      {
        plugins: [plugin('rate-limiting', { second: 100, minute: 6000, policy: 'local' })],
        consumers: [
          {
            username: 'anonymous',
            plugins: [
              {
                ...plugin('rate-limiting', { minute: 60, policy: 'local' }),
                instance_name: 'anonymous-limit',
              },
            ],
          },
        ],
      },
      'plugins rate-limiting (rate-limiting, anonymous-limit): in Kong they share one counter for a minute',
    ],
  ])('%s', (_what, file, message) => {
    const text = stringify({ _format_version: '3.0', ...file });
    expect(() => parseKongConfig(text, 'some/kong.yml')).toThrow(message);
    expect(() => parseKongConfig(text, 'some/kong.yml')).toThrow('some/kong.yml');
  });

  it('lists what it supports instead', () => {
    const text = stringify({ _format_version: '3.0', plugins: [plugin('acl', {})] });
    expect(() => parseKongConfig(text, 'kong.yml')).toThrow('known are: correlation-id, cors, jwt,');
  });
});

function plugin(name: string, config: Record<string, unknown>): Record<string, unknown> {
  return { name, instance_name: name, config };
}

function corsConfig(): Record<string, unknown> {
  return { origins: ['*'], methods: ['GET'] };
}

function withService(fields: Record<string, unknown>): Record<string, unknown> {
  const timeouts = { connect_timeout: 1, write_timeout: 1, read_timeout: 1, retries: 0 };
  return { services: [{ name: 'up', url: 'http://up', ...timeouts, ...fields }] };
}

function onRoute(fields: Record<string, unknown>): Record<string, unknown> {
  return withService({ routes: [{ name: 'it', paths: ['/it'], ...fields }] });
}
