import { Linter } from 'eslint';
import tseslint from 'typescript-eslint';
import { describe, expect, it } from 'vitest';
import { waysOutRules } from './ways-out.ts';

const linter = new Linter();
const config: Linter.Config = {
  files: ['**/*.ts'],
  languageOptions: { parser: tseslint.parser, globals: { fetch: 'readonly', WebSocket: 'readonly' } },
  plugins: { '@typescript-eslint': tseslint.plugin },
  rules: waysOutRules,
};

const complaints = (code: string) => linter.verify(code, config, 'file.ts').map(({ message }) => message);

describe('a request without the egress guard', () => {
  it.each([
    `await fetch(url)`,
    `const ask = fetch;`,
    `new Client({ fetch })`,
    `globalThis.fetch(url)`,
    `const { fetch: ask } = globalThis;`,
    `new WebSocket(url)`,
    `import { request } from 'undici';`,
    `import { Agent } from 'undici';`,
    `import * as undici from 'undici';`,
    `import axios from 'axios';`,
    `import https from 'node:https';`,
    `import { get } from 'http';`,
    `import { connect } from 'node:net';`,
    `import { connect } from 'node:http2';`,
    `import { connect } from 'node:tls';`,
    `import { createSocket } from 'node:dgram';`,
    `import { lookup } from 'node:dns/promises';`,
    `import WebSocket from 'ws';`,
    `import OpenAI from 'openai';`,
    `import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';`,
    `export { request } from 'undici';`,
    `const { request } = await import('undici');`,
    `const http = await import('node:http');`,
    `const axios = require('axios');`,
    `process.getBuiltinModule('node:http')`,
  ])('%s', (code) => {
    expect(complaints(code)).toEqual([expect.stringContaining('Egress')]);
  });
});

describe('code that opens no connection', () => {
  it.each([
    `egress.fetch(url)`,
    `class Egress { async fetch(url: string) { return url; } }`,
    `const fetch = serverFetch(server); new Client({ fetch });`,
    `import type { IncomingMessage } from 'node:http';`,
    `import { type Agent } from 'undici';`,
    `import { Client } from '@modelcontextprotocol/sdk/client/index.js';`,
    `import { networkInterfaces } from 'node:os';`,
  ])('%s', (code) => {
    expect(complaints(code)).toEqual([]);
  });
});
