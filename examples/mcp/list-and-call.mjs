// The server's tools through the official MCP client: lists them, calls one, and shows its progress.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

const url = process.env.ANTIPHON_URL ?? 'http://localhost:8000';
const login = await fetch(`${url}/llm/auth/guest-login`, { method: 'POST' });
const { access_token: token } = await login.json();

const client = new Client({ name: 'list-and-call', version: '1.0.0' });
await client.connect(
  new StreamableHTTPClientTransport(new URL(`${url}/mcp`), {
    requestInit: { headers: { Authorization: `Bearer ${token}` } },
  }),
);

let cursor;
do {
  const page = await client.listTools({ cursor });
  for (const { name, annotations } of page.tools) {
    console.log(`${name}${annotations?.readOnlyHint ? '' : ' (changes something)'}`);
  }
  cursor = page.nextCursor;
} while (cursor !== undefined);

const steps = [];
const result = await client.callTool(
  { name: 'calculate', arguments: { expression: '0.1 + 0.2' } },
  undefined,
  { onprogress: ({ message }) => steps.push(message) },
);
console.log(steps.join(', '));
console.log(result.content[0].text);
await client.close();

if (result.isError || !result.content[0].text.includes('"0.3"')) {
  console.error('Not what the API promises: calculate gives exact decimals');
  process.exit(1);
}
