import type { DummyRuleMap } from 'oxlint';

/**
 * URLs that a caller or a model chose are requested through `Egress`. Other ways to open a connection are allowed only where the address
 * comes from the operator or from our own network.
 */

/** Files that may open connections without `Egress`. */
export const unguarded = [
  'apps/local-gateway/src/proxy/upgrade.ts',
  'apps/local-gateway/src/proxy/upstreams.ts',
  // The operator's providers, and the libraries of AWS, Google and Azure, which find credentials at the operator's own cloud: the metadata server of
  // the machine (a private address), token endpoints. No part of a caller's request reaches their addresses.
  'apps/llm/src/providers/**',
  'libs/service-kit/src/auth/published-keys.ts',
  'libs/service-kit/src/egress/**',
  // It listens and opens no connection.
  'apps/responses/src/websocket/response-sockets.ts',
  // The protocol's client, over a guarded `fetch`.
  'apps/mcp/src/servers/connection/server-connection.ts',
  'apps/mcp/src/servers/connection/connection-error.ts',
  // They run in the browser, and call the server that they came from.
  'apps/console/src/api/http.ts',
  'apps/console/src/api/session.ts',
  // The operator's store.
  'apps/mcp/src/files/parts/s3-contents.ts',
  // It removes these functions.
  'apps/mcp/src/python/inside/lock-down.ts',
];

const message = 'Use Egress; tools/ways-out.ts lists the files that may open connections themselves.';

const builtIn = 'https?|http2|net|tls|dgram|dns';
const libraries =
  'undici|axios|got|ky|needle|superagent|node-fetch|cross-fetch|ws|eventsource|openai|@aws-sdk/client-s3|@aws-sdk/lib-storage|@aws-sdk/credential-provider-node|google-auth-library|@azure/identity';
const modules = `^(?:(?:node:)?(?:${builtIn})|${libraries}|@modelcontextprotocol/sdk/client/(?:sse|streamableHttp|websocket))(?:\\.js|/.*)?$`;

const globals = ['fetch', 'WebSocket', 'EventSource', 'XMLHttpRequest'];

/** The rules that forbid the other ways. */
export const waysOutRules: DummyRuleMap = {
  'no-restricted-imports': ['error', { patterns: [{ regex: modules, allowTypeImports: true, message }] }],
  'no-restricted-globals': ['error', ...globals.map((name) => ({ name, message }))],
  'no-restricted-properties': [
    'error',
    ...['globalThis', 'global', 'self'].flatMap((object) =>
      globals.map((property) => ({ object, property, message })),
    ),
    { object: 'process', property: 'getBuiltinModule', message },
  ],
};
