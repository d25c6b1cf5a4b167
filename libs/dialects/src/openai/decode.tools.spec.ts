import { describe, expect, it } from 'vitest';
import { decode } from '../testing/openai-requests.ts';

describe('tools', () => {
  const parameters = { type: 'object' };
  const flat = { type: 'function', name: 'get_weather', parameters, strict: true };
  const mcp = { type: 'mcp', server_label: 'antiphon' };

  it('functions are flat or nested', () => {
    const nested = { type: 'function', function: { name: 'get_weather', parameters, strict: true } };
    expect(decode({ tools: [flat] }).request.clientTools).toEqual(
      decode({ tools: [nested] }).request.clientTools,
    );
  });

  it('server tools are an MCP server', () => {
    const serverToolsOf = (...tools: object[]) => decode({ tools }).request.serverTools;
    expect(serverToolsOf(mcp)).toBe('all');
    expect(serverToolsOf({ ...mcp, allowed_tools: ['scrape'], require_approval: 'never' })).toEqual([
      'scrape',
    ]);
    expect(serverToolsOf({ ...mcp, allowed_tools: { tool_names: ['scrape'] } })).toEqual(['scrape']);
  });

  it('of remote servers have the URL, the headers and the approval rules of the server', () => {
    const serversOf = (...tools: object[]) => decode({ tools }).request.requestServers;
    const remote = { type: 'mcp', server_label: 'docs', server_url: 'https://docs.example/mcp' };
    expect(serversOf(remote)).toEqual([
      {
        label: 'docs',
        access: { url: 'https://docs.example/mcp', headers: {} },
        urlField: 'tools[0].server_url',
        allowed: null,
        approval: { always: null, never: null, otherwise: 'always' },
      },
    ]);
    expect(
      serversOf({
        ...remote,
        headers: { 'X-Key': 'k' },
        authorization: 'secret',
        allowed_tools: { tool_names: ['search'], read_only: true },
        require_approval: { never: { tool_names: ['search'] }, always: { read_only: false } },
      }),
    ).toEqual([
      {
        label: 'docs',
        access: {
          url: 'https://docs.example/mcp',
          headers: { 'x-key': 'k', authorization: 'Bearer secret' },
        },
        urlField: 'tools[0].server_url',
        allowed: { names: ['search'], readOnly: true },
        approval: {
          always: { names: null, readOnly: false },
          never: { names: ['search'], readOnly: null },
          otherwise: 'always',
        },
      },
    ]);
    expect(serversOf({ type: 'mcp', server_label: 'mine', require_approval: 'never' })).toEqual([
      {
        label: 'mine',
        access: null,
        urlField: 'tools[0].server_url',
        allowed: null,
        approval: { always: null, never: null, otherwise: 'never' },
      },
    ]);
    expect(serversOf({ type: 'mcp', server_label: 'mine' })).toMatchObject([
      { approval: { otherwise: null } },
    ]);
  });

  it('of remote servers can be chosen and narrowed', () => {
    const remote = { type: 'mcp', server_label: 'docs', server_url: 'https://docs.example/mcp' };
    const choose = (choice: unknown, ...tools: object[]) =>
      decode({ tools: [remote, ...tools], tool_choice: choice }).request;
    expect(choose({ type: 'mcp', server_label: 'docs', name: 'read' }, flat).toolChoice).toEqual({
      name: 'docs__read',
    });
    expect(choose({ type: 'mcp', server_label: 'docs' }).toolChoice).toBe('required');
    const allowed = { type: 'allowed_tools', tools: [{ type: 'mcp', server_label: 'docs', name: 'read' }] };
    expect(choose(allowed, flat, { ...remote, server_label: 'other' })).toMatchObject({
      allowedTools: [{ executor: 'server', serverLabel: 'docs', name: 'read' }],
      toolChoice: 'auto',
    });
  });

  it('that wait for approval have items for the request and for the answer', () => {
    const request = {
      type: 'mcp_approval_request',
      id: 'fc_1',
      server_label: 'docs',
      name: 'write',
      arguments: '{}',
    };
    const answer = {
      type: 'mcp_approval_response',
      approval_request_id: 'fc_1',
      approve: false,
      reason: 'No.',
    };
    expect(decode({ input: [request, answer] }).request.input).toMatchObject([
      {
        type: 'function_call',
        id: 'fc_1',
        name: 'docs__write',
        serverLabel: 'docs',
        serverToolName: 'write',
        state: 'pending_approval',
      },
      { type: 'approval_response', approvalRequestId: 'fc_1', approve: false, reason: 'No.' },
    ]);
  });

  it('can be chosen', () => {
    const choose = (choice: unknown) => decode({ tools: [flat, mcp], tool_choice: choice }).request;
    expect(choose({ type: 'function', name: 'get_weather' }).toolChoice).toEqual({ name: 'get_weather' });
    expect(choose({ type: 'mcp', server_label: 'antiphon', name: 'scrape' }).toolChoice).toEqual({
      name: 'scrape',
    });
    expect(choose('none').toolChoice).toBe('none');
  });

  it('allowed_tools is a hard limit', () => {
    const allow = (...tools: object[]) => {
      const choice = { type: 'allowed_tools', mode: 'required', tools };
      return decode({ tools: [flat, { ...flat, name: 'other' }, mcp], tool_choice: choice }).request;
    };
    expect(allow({ type: 'function', name: 'other' })).toMatchObject({
      serverTools: 'all',
      clientTools: [{ name: 'get_weather' }, { name: 'other' }],
      toolChoice: 'required',
      allowedTools: [{ executor: 'client', name: 'other' }],
    });
    expect(allow({ ...mcp, name: 'scrape' }, mcp).allowedTools).toEqual([
      { executor: 'server', serverLabel: null, name: 'scrape' },
      { executor: 'server', serverLabel: null, name: null },
    ]);
  });
});
