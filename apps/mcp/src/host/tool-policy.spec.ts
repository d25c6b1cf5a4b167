import type { Caller, ServerTool } from '@antiphon/contracts';
import { ConfigError } from '@antiphon/service-kit';
import { describe, expect, it } from 'vitest';
import { testUser } from '../testing/call.ts';
import { ToolPolicy } from './tool-policy.ts';
import { type Enabled, parseToolsFile } from './tools-file.ts';

const reading: ServerTool = {
  executor: 'server',
  name: 'scrape',
  description: 'Reads.',
  parameters: { type: 'object' },
  annotations: { readOnly: true, idempotent: true, destructive: false },
  approval: 'unsafe',
  timeoutMs: 45_000,
};
const writing: ServerTool = {
  ...reading,
  name: 'post_http_requests',
  annotations: { readOnly: false, idempotent: false, destructive: false },
};
const writingUnasked: ServerTool = { ...writing, name: 'file_search_index', approval: 'never' };
const outside: ServerTool = { ...writing, name: 'tickets__create' };

function policy(file = '', unsafe: Enabled = false) {
  return new ToolPolicy({ file: parseToolsFile(file, 'tools.yml'), unsafe });
}

/** Whether a tool is offered by name, and among all tools. */
function offers(rules: ToolPolicy, tool: ServerTool, caller: Caller = testUser) {
  return [rules.offer(caller, tool, 'named') !== null, rules.offer(caller, tool, 'all') !== null];
}

describe('without settings of the operator', () => {
  it.each<[Enabled, boolean[]]>([
    [false, [false, false]],
    ['named', [true, false]],
    [true, [true, true]],
  ])('tools that need approval follow TOOLS_UNSAFE: %s', (unsafe, expected) => {
    expect(offers(policy('', unsafe), writing)).toEqual(expected);
  });

  it('all other tools are offered unchanged', () => {
    expect(offers(policy(), reading)).toEqual([true, true]);
    expect(offers(policy(), writingUnasked)).toEqual([true, true]);
    expect(policy().offer(testUser, reading, 'all')).toEqual(reading);
  });

  it('tools of outside servers that need approval are offered by name', () => {
    expect(offers(policy(), outside)).toEqual([true, false]);
    expect(offers(policy(), { ...outside, approval: 'never' })).toEqual([true, true]);
  });
});

describe('an operator', () => {
  it.each([
    ['true', [true, true]],
    ['named', [true, false]],
    ['false', [false, false]],
  ])('switches a tool to %s', (enabled, expected) => {
    for (const tool of [reading, writing, outside]) {
      expect(offers(policy(`tools: { ${tool.name}: { enabled: ${enabled} } }`), tool)).toEqual(expected);
    }
  });

  it('replaces the description, approval and timeout of a tool', () => {
    const file = 'tools: { scrape: { description: Reads our wiki., approval: always, timeout: 5s } }';
    expect(policy(file).offer(testUser, reading, 'named')).toEqual({
      ...reading,
      description: 'Reads our wiki.',
      approval: 'always',
      timeoutMs: 5_000,
    });
  });

  it('excludes a tool that now needs approval from all tools, unless it is enabled', () => {
    expect(offers(policy('tools: { scrape: { approval: always } }'), reading)).toEqual([true, false]);
    const said = 'tools: { scrape: { approval: always, enabled: true } }';
    expect(offers(policy(said), reading)).toEqual([true, true]);
  });

  it('does not enable a tool by removing its approval', () => {
    expect(offers(policy('tools: { post_http_requests: { approval: never } }'), writing)).toEqual([
      false,
      false,
    ]);
  });

  it('gets an error for settings of unknown tools', () => {
    const rules = policy('tools: { scarpe: { enabled: false }, tickets__create: {}, scrape: {} }');
    expect(() => rules.refuseUnknown(['scrape'])).toThrow(ConfigError);
    expect(() => rules.refuseUnknown(['scrape'])).toThrow(/tools\.scarpe$/);
    expect(() => rules.refuseUnknown(['scrape', 'scarpe'])).not.toThrow();
  });
});

describe('the first rule that matches a caller', () => {
  const rules = policy(
    `
    scopes: [research]
    callers:
      - { user: banned, tools: [] }
      - { tenant: acme, scope: research, tools: ["*"] }
      - { tenant: acme, tools: ["*_http_requests", current.time] }
      - { kind: guest, tools: [scrape] }
    `,
    true,
  );
  const allowed = (caller: Partial<Caller>, name: string) =>
    offers(rules, { ...reading, name }, { ...testUser, ...caller })[0];

  it.each<[Partial<Caller>, string, boolean]>([
    [{ userId: 'banned' }, 'scrape', false],
    [{ userId: 'banned', tenantId: 'acme', scopes: ['research'] }, 'scrape', false],
    [{ tenantId: 'acme', scopes: ['research'] }, 'scrape', true],
    [{ tenantId: 'acme' }, 'scrape', false],
    [{ tenantId: 'acme' }, 'get_http_requests', true],
    [{ tenantId: 'acme' }, 'get_http_requests_', false],
    [{ tenantId: 'acme' }, 'current.time', true],
    [{ tenantId: 'acme' }, 'current_time', false],
    [{ tenantId: 'acme', kind: 'guest' }, 'scrape', false],
    [{ kind: 'guest' }, 'scrape', true],
    [{ kind: 'guest' }, 'google_search', false],
    [{ kind: 'key', ownerKind: 'guest' }, 'scrape', true],
    [{ kind: 'key', ownerKind: 'guest' }, 'google_search', false],
    [{ kind: 'key' }, 'google_search', false],
    [{ kind: 'key', ownerKind: 'user' }, 'google_search', true],
    [{ kind: 'key', ownerKind: 'guest', tenantId: 'acme', scopes: ['research'] }, 'google_search', true],
    [{}, 'google_search', true],
  ])('%j: %s', (caller, name, expected) => {
    expect(allowed(caller, name)).toBe(expected);
  });
});

describe('rules fail closed', () => {
  it('for an API key: it has the tools that the rules for keys and those for its owner both allow', () => {
    const rules = policy(`
      callers:
        - { kind: key, tools: [scrape, calculate] }
        - { kind: guest, tools: [scrape, current_time] }
      `);
    const named = (name: string, ownerKind: 'guest' | 'user') =>
      offers(rules, { ...reading, name }, { ...testUser, kind: 'key', ownerKind })[0];
    expect(named('scrape', 'guest')).toBe(true);
    expect(named('calculate', 'guest')).toBe(false);
    expect(named('current_time', 'guest')).toBe(false);
    expect(named('calculate', 'user')).toBe(true);
  });

  it.each([undefined, 'robot'])('for a caller of the kind %s: it has no tool', (kind) => {
    // The bus refuses such a caller; a caller that comes another way has nothing either.
    const caller = { ...testUser, kind } as Caller;
    expect(offers(policy(), reading, caller)).toEqual([false, false]);
  });
});
