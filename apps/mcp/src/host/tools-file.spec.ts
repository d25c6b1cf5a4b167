import { resolve } from 'node:path';
import { ConfigError } from '@antiphon/service-kit';
import { describe, expect, it } from 'vitest';
import { parseToolsFile, readToolsFile } from './tools-file.ts';

function complaintsAbout(text: string): string[] {
  try {
    parseToolsFile(text, 'tools.yml');
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n').map((line) => line.trim());
    throw error;
  }
  return [];
}

describe('the tools file', () => {
  it('has settings for tools and rules for callers', () => {
    const text = `
      tools:
        post_http_requests:
          enabled: named
          description: Creates a ticket.
          approval: always
          timeout: 1m30s
          concurrency: 4
        scrape: { enabled: false }
      scopes: [research]
      callers:
        - { user: user_1, tools: [google_search, "*_http_requests"] }
        - { tenant: tenant_1, kind: key, scope: research, tools: [] }
    `;
    expect(parseToolsFile(text, 'tools.yml')).toEqual({
      tools: {
        post_http_requests: {
          enabled: 'named',
          description: 'Creates a ticket.',
          approval: 'always',
          timeout: 90_000,
          concurrency: 4,
        },
        scrape: { enabled: false },
      },
      callers: [
        { user: 'user_1', tools: ['google_search', '*_http_requests'] },
        { tenant: 'tenant_1', kind: 'key', scope: 'research', tools: [] },
      ],
    });
  });

  it('may be JSON, and may be empty', () => {
    expect(parseToolsFile('{"tools": {"scrape": {"enabled": true}}}', 'tools.json')).toEqual({
      tools: { scrape: { enabled: true } },
      callers: [],
    });
    expect(parseToolsFile('# nothing yet\n', 'tools.yml')).toEqual({ tools: {}, callers: [] });
  });

  it.each([
    [
      'tools:\n  scrape:\n    enabled: sometimes',
      'line 3: tools.scrape.enabled: must be true, false or named',
    ],
    ['tools:\n  scrape: { approval: maybe }', /^line 2: tools\.scrape\.approval: /],
    ['tools:\n  scrape:\n    timeout: 45', 'line 3: tools.scrape.timeout: must be a string, got 45'],
    [
      'tools: { scrape: { timeout: 0s } }',
      'line 1: tools.scrape.timeout: must be a duration such as 45s, 500ms or 1m, got "0s"',
    ],
    ['tools: { scrape: { concurrency: 0 } }', /^line 1: tools\.scrape\.concurrency: /],
    ['tools: { scrape: { enable: true } }', 'line 1: tools.scrape.enable: is not a known field'],
    ['tool: {}', 'line 1: tool: is not a known field'],
    ['[]', /^the file: /],
    ['callers:\n  - user: a', /^line 2: callers\.0\.tools: /],
    [
      'callers:\n  - tools: ["rm -rf"]',
      'line 2: callers.0.tools.0: must be the name of a tool, or a part of one with *',
    ],
    [
      'callers:\n  - { scope: reserch, tools: [] }',
      'line 2: callers.0.scope: unknown scope "reserch": declare it under scopes',
    ],
    ['callers: [{ kind: robot, tools: [] }]', /^line 1: callers\.0\.kind: /],
    ['callers: [{ scope: Re search, tools: [] }]', /^line 1: callers\.0\.scope: must be lower-case letters/],
    ['tools:\n  scrape: {}\n  scrape: {}', /^line 3: .*unique/],
    ['tools:\n  scrape: {', /^line \d: /],
  ])('%j is refused with the place of the error', (text, complaint) => {
    const [first, second] = complaintsAbout(text);
    expect(first).toBe('tools.yml is not usable:');
    if (typeof complaint === 'string') expect(second).toBe(complaint);
    else expect(second).toMatch(complaint);
  });

  it('has a valid example', () => {
    const example = resolve(import.meta.dirname, '../../../../examples/tools.yml');
    expect(readToolsFile(example).tools).toHaveProperty('post_http_requests.enabled', 'named');
  });

  it('must exist where TOOLS_FILE names it', () => {
    expect(() => readToolsFile('/nowhere/tools.yml')).toThrow(ConfigError);
    expect(() => readToolsFile('/nowhere/tools.yml')).toThrow(/^TOOLS_FILE: .*\/nowhere\/tools\.yml/);
    expect(readToolsFile(null)).toEqual({ tools: {}, callers: [] });
  });
});
