import type { Linter } from 'eslint';

/**
 * Requests to URLs that a caller or a model chose go through `Egress`, so whatever else opens a connection may be used only where the
 * address comes from the operator or from our own network.
 */

/** Who asks without the guard. */
export const unguarded = [
  'apps/local-gateway/src/proxy/upgrade.ts',
  'apps/local-gateway/src/proxy/upstreams.ts',
  'apps/llm/src/providers/**',
  'libs/service-kit/src/auth/published-keys.ts',
  'libs/service-kit/src/egress/**',
  // It listens, and opens nothing.
  'apps/responses/src/websocket/response-sockets.ts',
  // The protocol's client, over a `fetch` of ours.
  'apps/mcp/src/servers/connection/server-connection.ts',
  'apps/mcp/src/servers/connection/connection-error.ts',
  // It takes the ways out away.
  'apps/mcp/src/python/inside/lock-down.ts',
];

const message = 'Ask through Egress; what the operator alone chooses is listed in tools/ways-out.ts.';

const builtIn = 'https?|http2|net|tls|dgram|dns';
const libraries = 'undici|axios|got|ky|needle|superagent|node-fetch|cross-fetch|ws|eventsource|openai';
const modules = `^(?:(?:node:)?(?:${builtIn})|${libraries}|@modelcontextprotocol/sdk/client/(?:sse|streamableHttp|websocket))(?:\\.js|/.*)?$`;

const globals = ['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest'];

/** ESLint's rules for it. */
export const waysOutRules: Linter.RulesRecord = {
  '@typescript-eslint/no-restricted-imports': [
    'error',
    { patterns: [{ regex: modules, allowTypeImports: true, message }] },
  ],
  'no-restricted-globals': ['error', ...globals.map((name) => ({ name, message }))],
  'no-restricted-properties': [
    'error',
    ...['globalThis', 'global', 'self'].flatMap((object) =>
      globals.map((property) => ({ object, property, message })),
    ),
    { object: 'process', property: 'getBuiltinModule', message },
  ],
  'no-restricted-syntax': [
    'error',
    { selector: `ImportExpression > Literal.source[value=/${modules.replaceAll('/', '\\/')}/]`, message },
    {
      selector: `CallExpression[callee.name='require'] > Literal[value=/${modules.replaceAll('/', '\\/')}/]`,
      message,
    },
  ],
};
