import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readServersFile } from './servers-file.ts';
import { limits } from '../testing/pool.ts';

const folder = mkdtempSync(join(tmpdir(), 'antiphon-servers-'));
afterAll(() => rmSync(folder, { recursive: true }));

function read(text: string, env: NodeJS.ProcessEnv = {}) {
  const file = join(folder, 'servers.yaml');
  writeFileSync(file, text);
  return readServersFile(file, limits, env);
}

function complaint(text: string, env?: NodeJS.ProcessEnv): string {
  try {
    read(text, env);
  } catch (error) {
    return error instanceof Error ? `${error.name} ${error.message}` : '';
  }
  return 'it was taken';
}

describe('the file of outside servers', () => {
  it('is YAML, or JSON, with secrets from the environment', () => {
    const [docs, search] = read(
      `servers:
  - label: docs
    url: http://10.0.0.7:3000/mcp
    headers: { Authorization: 'Bearer \${DOCS_TOKEN}' }
    allowed_tools: [find]
    approval: never
    trusted: true
    timeouts: { call_ms: 2000 }
    concurrency: 2
    tools: { find: { approval: always, timeout_ms: 900 } }
  - { label: search, url: 'https://search.example/sse', transport: sse, enabled: false }
`,
      { DOCS_TOKEN: 't0p' },
    );
    expect(docs).toMatchObject({
      label: 'docs',
      ownerId: null,
      source: 'file',
      isTrusted: true,
      allowedTools: ['find'],
      approval: 'never',
      headerNames: ['authorization'],
      timeouts: { ...limits.timeouts, callMs: 2000 },
      concurrency: 2,
      tools: { find: { approval: 'always', timeoutMs: 900 } },
    });
    expect(docs?.openHeaders()).toEqual({ authorization: 'Bearer t0p' });
    expect(search).toMatchObject({
      transport: 'sse',
      isEnabled: false,
      isTrusted: false,
      approval: 'unsafe',
    });
    expect(read('{"servers":[]}')).toEqual([]);
  });

  it.each([
    ['servers: [', /ConfigError MCP_SERVERS_FILE: .+servers\.yaml is not usable/],
    ['server: []', /servers: is required\n.*server: is not a known field/s],
    ['servers: [{ label: -docs, url: "https://a.example/" }]', /servers\.0\.label: must be 1 to 32/],
    [
      'servers: [{ label: a__b, url: "https://a.example/" }]',
      /servers\.0\.label: must not hold two underscores/,
    ],
    [
      'servers: [{ label: a_, url: "https://a.example/" }]',
      /servers\.0\.label: must not hold two underscores/,
    ],
    ['servers: [{ label: a, url: "ftp://a.example/" }]', /servers\.0\.url: must be an http or https URL/],
    ['servers: [{ label: a }]', /servers\.0\.url/],
    [
      'servers: [{ label: a, url: "https://a.example/", trust: true }]',
      /servers\.0\.trust: is not a known field/,
    ],
    [
      'servers: [{ label: a, url: "https://a.example/", headers: { Host: b } }]',
      /servers\.0\.headers\.Host: .*/,
    ],
    [
      'servers: [{ label: a, url: "https://a.example/", timeouts: { list_ms: 99999999 } }]',
      /timeouts\.list_ms/,
    ],
    [
      'servers: [{ label: a, url: "https://a.example/" }, { label: a, url: "https://b.example/" }]',
      /servers\.1\.label: "a" is taken/,
    ],
    [
      'servers: [{ label: a, url: "https://a.example/", headers: { x: "${NOT_THERE}" } }]',
      /servers\.0\.headers\.x: the variable NOT_THERE must be set/,
    ],
  ])('with %s stops the boot and says where', (text, words) => {
    expect(complaint(text)).toMatch(words);
  });

  it('that is missing stops the boot', () => {
    expect(() => readServersFile(join(folder, 'none.yaml'), limits, {})).toThrow(/none\.yaml is not usable/);
  });
});
