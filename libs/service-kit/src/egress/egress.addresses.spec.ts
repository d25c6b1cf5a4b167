import { AppError } from '@antiphon/contracts';
import { describe, expect, it, onTestFinished } from 'vitest';
import { guardedAgent, RefusedAddress } from './guarded-agent.ts';
import { ReachRules } from './reach-rules.ts';
import { bounds, egress, failure, never, serve, thrown } from '../testing/egress-parts.ts';

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
    onTestFinished(() => agent.destroy());
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
