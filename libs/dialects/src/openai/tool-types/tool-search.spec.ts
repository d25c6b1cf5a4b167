import type { ClientTool, FunctionCallOutputItem, Item } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { decode, inputOf, refusalOf } from '../../testing/openai-requests.ts';
import { ScriptedRun } from '../../testing/scripted-run.ts';
import { callOutput, serverCall } from '../../testing/test-response.ts';
import { encodeItems } from '../items/encode-items.ts';
import { StreamEvent } from '../replies/stream-event.ts';
import { openMessages } from '../stream.ts';

const pay = { type: 'function', name: 'pay', description: null, parameters: null, strict: null };
const lookUp: ClientTool = {
  executor: 'client',
  name: 'crm__look_up',
  description: null,
  parameters: null,
  strict: null,
  isDeferred: true,
  namespace: { name: 'crm', toolName: 'look_up', description: 'Customers.' },
};
const found: FunctionCallOutputItem = {
  ...callOutput('c1', 'Found.'),
  kind: 'tool_search',
  tools: { executor: 'server', clientTools: [lookUp], serverTools: [{ label: 'maps', names: ['route'] }] },
};
const searchCall = { ...serverCall('c1'), kind: 'tool_search' as const, arguments: '{"query":"customers"}' };

describe('tool_search', () => {
  it('is a hosted tool, or a function of the caller with its own schema', () => {
    const server = { type: 'tool_search', execution: 'server' };
    expect(decode({ tools: [server] }).request).toMatchObject({
      hostedTools: [{ kind: 'tool_search', declared: server }],
      clientTools: [],
    });
    const parameters = { type: 'object', properties: { goal: { type: 'string' } } };
    const client = { type: 'tool_search', execution: 'client', description: 'Finds tools.', parameters };
    const { request } = decode({ tools: [client], tool_choice: { type: 'tool_search' } });
    expect(request.clientTools).toMatchObject([
      { name: 'tool_search', kind: 'tool_search', description: 'Finds tools.', parameters, declared: client },
    ]);
    expect(request.toolChoice).toEqual({ name: 'tool_search' });
    expect(
      decode({ tools: [{ ...client, parameters: null }] }).request.clientTools[0]?.parameters,
    ).toHaveProperty('properties.query');
    expect(refusalOf({ tools: [{ ...server, execution: 'cloud' }] }).param).toBe('tools[0].execution');
  });

  it('is shown as a call and its output with the tools, and read back from both', () => {
    const items = encodeItems([searchCall, found], { isOver: true });
    expect(items).toMatchObject([
      { type: 'tool_search_call', call_id: null, execution: 'server', arguments: { query: 'customers' } },
      {
        type: 'tool_search_output',
        call_id: null,
        execution: 'server',
        status: 'completed',
        tools: [
          {
            type: 'namespace',
            name: 'crm',
            description: 'Customers.',
            tools: [{ type: 'function', name: 'look_up', defer_loading: true }],
          },
          { type: 'mcp', server_label: 'maps', allowed_tools: ['route'] },
        ],
      },
    ]);
    expect(inputOf(...items)).toMatchObject([
      { type: 'function_call', kind: 'tool_search', executor: 'server', callId: found.id },
      { kind: 'tool_search', callId: found.id, tools: found.tools },
    ]);
  });

  it('reads transcripts of OpenAI, whose own searches have no call id', () => {
    const call = {
      type: 'tool_search_call',
      execution: 'server',
      call_id: null,
      arguments: { paths: ['crm'] },
    };
    const output = { type: 'tool_search_output', execution: 'server', call_id: null, tools: [pay] };
    const items = inputOf(call, output) as Item[];
    expect(items).toMatchObject([
      { type: 'function_call', kind: 'tool_search' },
      { type: 'function_call_output', tools: { clientTools: [{ name: 'pay' }] } },
    ]);
    const [made, answer] = items;
    if (made?.type !== 'function_call' || answer?.type !== 'function_call_output') throw new Error('no call');
    expect(made.callId).toBe(answer.callId);
  });

  it.each(['server', 'client'] as const)('streams the items of a search by the %s', (execution) => {
    const encode = openMessages();
    const call = { callId: 'c1', kind: 'tool_search' as const, pieces: ['{"query":', '"customers"}'] };
    const { kind, tools } = found;
    const form = { ...(kind && { kind }), ...(tools && { tools }) };
    const run =
      execution === 'server'
        ? new ScriptedRun().asksServer(call).answers('c1', 'Found.', null, form)
        : new ScriptedRun().asksCaller(call);
    const wire = run
      .ends(execution === 'server' ? 'completed' : 'requires_action')
      .flatMap((event) => encode(event))
      .map((text) => StreamEvent.parse(JSON.parse(text)) as { type: string; item?: { type: string } })
      .filter(({ item }) => item !== undefined);
    expect(wire.map(({ type, item }) => `${type} ${item?.type}`)).toEqual([
      'response.output_item.added tool_search_call',
      'response.output_item.done tool_search_call',
      ...(execution === 'server'
        ? ['response.output_item.added tool_search_output', 'response.output_item.done tool_search_output']
        : []),
    ]);
    expect(wire[1]?.item).toMatchObject({
      execution,
      arguments: { query: 'customers' },
      status: 'completed',
    });
    if (execution === 'server')
      expect(wire.at(-1)?.item).toMatchObject({ tools: [{ name: 'crm' }, { server_label: 'maps' }] });
  });
});

describe('additional tools', () => {
  const additional = (...tools: object[]) => ({ type: 'additional_tools', role: 'developer', tools });

  it('stay in their item, may be chosen, and are shown again; their servers join those of the request', () => {
    const server = { type: 'mcp', server_label: 'maps', server_url: 'https://maps.example/mcp' };
    const input = [additional(pay, { type: 'web_search' }, server), { role: 'user', content: 'Hi' }];
    const { request } = decode({ input, tool_choice: { type: 'function', name: 'pay' } });
    expect(request.toolChoice).toEqual({ name: 'pay' });
    expect(request.clientTools).toEqual([]);
    expect(request.requestServers).toMatchObject([{ label: 'maps', access: { url: server.server_url } }]);
    const [item] = request.input as Item[];
    expect(item).toMatchObject({
      type: 'additional_tools',
      tools: {
        clientTools: [{ name: 'pay' }],
        hostedTools: [{ kind: 'web_search' }],
        serverTools: [{ label: 'maps', names: null }],
      },
    });
    expect(JSON.stringify(item)).not.toContain('maps.example');
    const [shown] = encodeItems(item ? [item] : [], { isOver: true });
    expect(shown).toMatchObject({
      type: 'additional_tools',
      role: 'developer',
      tools: [pay, { type: 'web_search' }, { type: 'mcp', server_label: 'maps' }],
    });
  });

  it.each([
    [additional({ type: 'time_travel' }), 'input[0].tools[0].type "time_travel" is not supported'],
    [additional({ ...pay, name: 'a b' }), 'input[0].tools[0].name must be 1 to 64 letters'],
    [{ ...additional(pay), role: 'user' }, 'input[0].role must be "developer"'],
    [{ type: 'tool_search_output', call_id: 'c1' }, 'input[0].tools'],
  ])('that cannot be taken are refused with their place', (item, message) => {
    expect(refusalOf({ input: [item] }).message).toContain(message);
  });
});
