import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { describe, expect } from 'vitest';
import { textLike, textWith } from '../checks/matchers.ts';
import { scenario } from '../scenario.ts';
import { callsFirst, mcpSystem, model } from './mcp-system.ts';

const { system, provider, token } = await mcpSystem();

describe('a failing tool', () => {
  const cases: [name: string, args: object, output: RegExp][] = [
    ['calculate', { expression: 7 }, /expression must be a string/],
    ['calculate', { expression: '1 +' }, /./],
    ['get_http_requests', { url: 'http://169.254.169.254/latest/meta-data' }, /public host/],
    ['scrape', { url: 'http://127.0.0.1.nip.io:22/' }, /public host/],
  ];

  scenario('mcp-failures', 'reports its error to the model and to an MCP client', async () => {
    const calls: [string, object][] = cases.map(([name, args]) => [name, args]);
    provider.script = callsFirst(...calls, ['steal', {}]);
    const answer = await fetch(`${system.url}/responses/v1/responses`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model, input: 'Try' }),
    });
    expect(answer.status).toBe(200);
    const { tool_executions: executions } = (await answer.json()) as {
      tool_executions: { output: string; status: string }[];
    };
    expect(executions.map(({ status }) => status)).toEqual(Array(5).fill('failed'));
    for (const [index, [, , output]] of cases.entries()) expect(executions[index]?.output).toMatch(output);
    expect(executions[4]?.output).toMatch(/no tool named steal/);

    const transport = new StreamableHTTPClientTransport(new URL(`${system.url}/mcp`), {
      requestInit: { headers: { authorization: `Bearer ${token}` } },
    });
    const mcp = new Client({ name: 'e2e', version: '1' });
    await mcp.connect(transport);
    for (const [name, args, output] of cases) {
      expect(await mcp.callTool({ name, arguments: { ...args } })).toMatchObject({
        isError: true,
        content: [{ text: textLike(output) }],
      });
    }
    await expect(mcp.callTool({ name: 'steal' })).rejects.toMatchObject({ code: -32602 });
    await mcp.close();
  });
});

describe('/mcp', () => {
  scenario('mcp-endpoint', 'serves the protocol’s own client through the gateway', async () => {
    const transport = new StreamableHTTPClientTransport(new URL(`${system.url}/mcp`), {
      requestInit: { headers: { authorization: `Bearer ${await system.token()}` } },
    });
    const mcp = new Client({ name: 'e2e', version: '1' });
    await mcp.connect(transport);
    await mcp.ping();
    const { tools } = await mcp.listTools();
    expect(tools.map(({ name }) => name)).toEqual(expect.arrayContaining(['calculate', 'current_time']));
    expect(await mcp.callTool({ name: 'calculate', arguments: { expression: '0.1 + 0.2' } })).toMatchObject({
      content: [{ type: 'text', text: textWith('0.3') }],
    });
    expect(await mcp.callTool({ name: 'calculate', arguments: { expression: '1 +' } })).toMatchObject({
      isError: true,
    });
    await mcp.close();
  });
});
