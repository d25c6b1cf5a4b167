import type { AllowedTool, CreateResponse } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { decode, inputOf, refusalOf } from '../../testing/openai-requests.ts';
import { ScriptedRun } from '../../testing/scripted-run.ts';
import { clientCall, testResponse } from '../../testing/test-response.ts';
import { encodeResponse } from '../encode.ts';
import { encodeItems } from '../items/encode-items.ts';
import { StreamEvent } from '../replies/stream-event.ts';
import { openMessages } from '../stream.ts';

const parameters = { type: 'object', properties: { id: { type: 'string' } } };
const lookUp = { type: 'function', name: 'look_up', description: 'Looks up.', parameters, strict: null };
const note = { type: 'custom', name: 'note', description: 'Notes.' };
const crm = { type: 'namespace', name: 'crm', description: 'Customers.', tools: [lookUp, note] };
const plain = { ...lookUp, name: 'look_up' };

function echoOf(request: CreateResponse) {
  const { clientTools, hostedTools, toolChoice, allowedTools, serverTools, defersServerTools } = request;
  const requestServers = request.requestServers.map(({ access: _a, urlField: _u, ...server }) => ({
    ...server,
    origin: null,
    sealedAccess: null,
  }));
  const { tools, tool_choice } = encodeResponse(
    testResponse({
      clientTools,
      toolChoice,
      serverTools,
      requestServers,
      ...(defersServerTools && { defersServerTools }),
      ...(hostedTools && { hostedTools }),
      ...(allowedTools && { allowedTools }),
    }),
  );
  return { tools, tool_choice };
}

describe('a namespace', () => {
  it('is tools with qualified names, which every provider takes, and is echoed as it was sent', () => {
    const { request } = decode({ tools: [crm, plain] });
    expect(request.clientTools).toMatchObject([
      { name: 'crm__look_up', namespace: { name: 'crm', toolName: 'look_up', description: 'Customers.' } },
      { name: 'crm__note', kind: 'custom', namespace: { name: 'crm', toolName: 'note' } },
      { name: 'look_up' },
    ]);
    expect(echoOf(request).tools).toEqual([crm, plain]);
    const long = { ...crm, name: 'a'.repeat(60) };
    const names = decode({ tools: [long] }).request.clientTools.map(({ name }) => name);
    expect(names.every((name) => /^[\w-]{1,64}$/.test(name))).toBe(true);
    expect(new Set(names).size).toBe(2);
  });

  it.each([
    [{ ...crm, tools: [{ type: 'web_search' }] }, 'tools[0].tools[0].type must be "function" or "custom"'],
    [{ ...crm, tools: [lookUp, lookUp] }, 'tools[0].tools[1] is a second function named "crm__look_up"'],
    [{ ...crm, name: 'a b' }, 'tools[0].name must be 1 to 64 letters'],
  ])('is refused with its place where it is wrong', (tool, message) => {
    expect(refusalOf({ tools: [tool] }).message).toContain(message);
  });

  it('may be chosen from, as a whole or by its tools', () => {
    const choose = (choice: object) => decode({ tools: [crm], tool_choice: choice }).request;
    const one = { type: 'function', name: 'look_up', namespace: 'crm' };
    expect(choose(one).toolChoice).toEqual({ name: 'crm__look_up' });
    expect(choose({ type: 'function', name: 'look_up' }).toolChoice).toEqual({ name: 'crm__look_up' });
    expect(echoOf(choose(one)).tool_choice).toEqual(one);
    const custom = { type: 'custom', name: 'note', namespace: 'crm' };
    const allowed = (...tools: object[]) => ({ type: 'allowed_tools', mode: 'auto', tools });
    const both: AllowedTool[] = [
      { executor: 'client', name: 'crm__look_up' },
      { executor: 'client', name: 'crm__note' },
    ];
    expect(choose(allowed(one, custom)).allowedTools).toEqual(both);
    expect(choose(allowed({ type: 'namespace', name: 'crm' })).allowedTools).toEqual(both);
    expect(echoOf(choose(allowed({ type: 'namespace', name: 'crm' }))).tool_choice).toEqual(
      allowed(one, custom),
    );
    const unknown = { type: 'namespace', name: 'erp' };
    expect(refusalOf({ tools: [crm], tool_choice: allowed(unknown) }).message).toContain(
      '"erp" is not in tools',
    );
  });

  it('stands in the calls that the caller sees and sends back', () => {
    const namespace = { name: 'crm', toolName: 'look_up' };
    const items = encodeItems(
      [
        { ...clientCall('c1'), name: 'crm__look_up', namespace },
        {
          ...clientCall('c2'),
          name: 'crm__note',
          kind: 'custom',
          namespace: { name: 'crm', toolName: 'note' },
        },
      ],
      { isOver: true },
    );
    expect(items).toMatchObject([
      { type: 'function_call', name: 'look_up', namespace: 'crm' },
      { type: 'custom_tool_call', name: 'note', namespace: 'crm' },
    ]);
    expect(inputOf(...items)).toMatchObject([
      { type: 'function_call', name: 'crm__look_up', namespace },
      { type: 'function_call', kind: 'custom', name: 'crm__note' },
    ]);
  });

  it('stands in the events of a call', () => {
    const encode = openMessages();
    const call = { callId: 'c1', name: 'crm__look_up', namespace: { name: 'crm', toolName: 'look_up' } };
    const events = new ScriptedRun().asksCaller({ ...call, pieces: ['{}'] }).ends('requires_action');
    const wire = events.flatMap((event) => encode(event)).map((text) => StreamEvent.parse(JSON.parse(text)));
    expect(wire).toMatchObject([
      {},
      {},
      { type: 'response.output_item.added', item: { name: 'look_up', namespace: 'crm' } },
      {},
      { type: 'response.function_call_arguments.done', name: 'look_up' },
      { type: 'response.output_item.done', item: { name: 'look_up', namespace: 'crm' } },
      {},
    ]);
  });
});

it('deferred tools are marked, and echoed so', () => {
  const tools = [
    { ...plain, defer_loading: true },
    { ...note, defer_loading: true },
    { ...crm, tools: [{ ...lookUp, defer_loading: true }] },
    {
      type: 'mcp',
      server_label: 'antiphon',
      allowed_tools: ['weather'],
      require_approval: null,
      defer_loading: true,
    },
    {
      type: 'mcp',
      server_label: 'maps',
      server_description: 'Maps.',
      allowed_tools: null,
      require_approval: 'never',
      defer_loading: true,
    },
    { type: 'tool_search' },
  ];
  const { request } = decode({ tools });
  expect(request).toMatchObject({
    clientTools: [{ isDeferred: true }, { isDeferred: true }, { name: 'crm__look_up', isDeferred: true }],
    defersServerTools: true,
    requestServers: [{ label: 'maps', description: 'Maps.', isDeferred: true }],
    hostedTools: [{ kind: 'tool_search' }],
  });
  expect(echoOf(request).tools).toEqual(expect.arrayContaining(tools));
  const whole = { ...crm, defer_loading: true };
  expect(decode({ tools: [whole] }).request.clientTools.map(({ isDeferred }) => isDeferred)).toEqual([
    true,
    true,
  ]);
});
