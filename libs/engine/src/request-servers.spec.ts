import {
  AppError,
  functionCall,
  type ApprovalRule,
  type FunctionCallItem,
  type Item,
  type ListedTool,
  type RequestServer,
  type Response,
  type ServerTool,
} from '@antiphon/contracts';
import { countingIds, testCaller, testResponse } from '@antiphon/contracts/testing';
import { describe, expect, it } from 'vitest';
import { decisionsIn } from './tools/approvals.ts';
import { runResponse } from './run-response.ts';
import {
  asks,
  collectRun,
  directSchemas,
  says,
  ScriptedModel,
  ScriptedTools,
  serverTool,
  testLimits,
} from './testing/index.ts';

const asTheyHaveIt: ApprovalRule = { always: null, never: null, otherwise: null };

function server(label: string, changes: Partial<RequestServer> = {}): RequestServer {
  const origin = `https://${label}.example`;
  return { label, origin, sealedAccess: 'sealed', allowed: null, approval: asTheyHaveIt, ...changes };
}

/** A host with one server, whose tools give their arguments back. */
function hostOf(label: string, tools: Record<string, Partial<ServerTool>>): ScriptedTools {
  const scripted = Object.entries(tools).map(([name, changes]) => ({
    name,
    ...serverTool(`${label}__${name}`, changes),
  }));
  const host = new ScriptedTools(...scripted);
  host.servers.set(
    label,
    scripted.map(({ name, tool }): ListedTool => ({ name, tool })),
  );
  return host;
}

async function run(model: ScriptedModel, tools: ScriptedTools, response: Response, history: Item[] = []) {
  const ports = { model, tools, schemas: directSchemas, newId: countingIds(), now: () => 5_000 };
  const events = runResponse(
    testCaller,
    { response, history },
    testLimits,
    ports,
    new AbortController().signal,
  );
  return collectRun(response, events);
}

const asking = (changes: Partial<Response> = {}) =>
  testResponse({ serverTools: [], requestServers: [server('docs')], ...changes });
const kinds = (items: readonly Item[]) => items.map(({ type }) => type);

describe('an MCP server of the request', () => {
  it('lists its tools before the first model call, and runs the calls of these tools', async () => {
    const tools = hostOf('docs', { read: {} });
    const model = new ScriptedModel(asks({ name: 'docs__read' }), says('ok'));
    const { response, bursts } = await run(model, tools, asking());

    expect(bursts[0]).toMatchObject([
      { type: 'item.added', item: { type: 'mcp_list_tools', serverLabel: 'docs', tools: [] } },
    ]);
    expect(bursts[1]).toMatchObject([
      { type: 'item.done', item: { tools: [{ name: 'read' }], error: null } },
    ]);
    expect(model.requests[0]?.tools.map(({ name }) => name)).toEqual(['docs__read']);
    expect(tools.calls).toMatchObject([{ name: 'docs__read', server: { label: 'docs' } }]);
    expect(response.output[1]).toMatchObject({ serverLabel: 'docs', serverToolName: 'read' });
  });

  it('that fails gets a list with an error, and the run continues with the other servers', async () => {
    const tools = hostOf('docs', { read: {} });
    tools.servers.set('dead', new AppError('unavailable', 'The server answered with status 500.'));
    const model = new ScriptedModel(says('ok'));
    const { response } = await run(
      model,
      tools,
      asking({ requestServers: [server('dead'), server('docs')] }),
    );

    expect(response.output).toMatchObject([
      { serverLabel: 'dead', tools: [], error: 'The server answered with status 500.' },
      { serverLabel: 'docs', error: null },
      { type: 'message' },
    ]);
    expect(model.requests[0]?.tools).toHaveLength(1);
  });

  it('is not listed again after a takeover, nor by a later turn that requests the same tools', async () => {
    const tools = hostOf('docs', { read: {} });
    const first = await run(new ScriptedModel(says('ok')), tools, asking());
    tools.servers.set('docs', new Error('listed again'));

    const again = await run(new ScriptedModel(says('ok')), tools, asking({ output: first.response.output }));
    expect(kinds(again.response.output)).toEqual(['mcp_list_tools', 'message', 'message']);
    const model = new ScriptedModel(says('ok'));
    const later = await run(model, tools, asking(), first.response.output);
    expect(kinds(later.response.output)).toEqual(['message']);
    expect(model.requests[0]?.tools).toHaveLength(1);
    expect(tools.asked).toEqual(['docs']);
  });

  it.each([
    ['for other tools', server('docs', { allowed: { names: ['read'], readOnly: null } })],
    ['at another place', server('docs', { origin: 'https://other.example' })],
  ])('is listed again by a later turn that requests %s', async (_case, other) => {
    const tools = hostOf('docs', { read: {} });
    const first = await run(new ScriptedModel(says('ok')), tools, asking());
    await run(
      new ScriptedModel(says('ok')),
      tools,
      asking({ requestServers: [other] }),
      first.response.output,
    );
    expect(tools.asked).toEqual(['docs', 'docs']);
  });

  it('that failed is listed again by a later turn', async () => {
    const tools = hostOf('docs', { read: {} });
    const listed = tools.servers.get('docs') ?? [];
    tools.servers.set('docs', new Error('down'));
    const first = await run(new ScriptedModel(says('ok')), tools, asking());
    tools.servers.set('docs', listed);
    const later = await run(new ScriptedModel(says('ok')), tools, asking(), first.response.output);
    expect(later.response.output[0]).toMatchObject({ type: 'mcp_list_tools', error: null });
  });
});

describe("the caller's approval rules", () => {
  const writes = {
    approval: 'unsafe' as const,
    annotations: { readOnly: false, idempotent: false, destructive: true },
  };
  const named = (...names: string[]) => ({ names, readOnly: null });

  it.each<[string, Partial<ServerTool>, ApprovalRule, boolean]>([
    ['nothing: as the tool has it', writes, asTheyHaveIt, true],
    ['always', {}, { ...asTheyHaveIt, otherwise: 'always' }, true],
    ['never', writes, { ...asTheyHaveIt, otherwise: 'never' }, false],
    ['never, but the operator always', { approval: 'always' }, { ...asTheyHaveIt, otherwise: 'never' }, true],
    ['never for it', writes, { always: null, never: named('write'), otherwise: 'always' }, false],
    ['never for another', writes, { always: null, never: named('read'), otherwise: 'always' }, true],
    ['always for it', {}, { always: named('write'), never: null, otherwise: 'never' }, true],
    [
      'never for read-only tools',
      {},
      { always: null, never: { names: null, readOnly: true }, otherwise: 'always' },
      false,
    ],
  ])('%s', async (_case, tool, approval, waits) => {
    const model = new ScriptedModel(asks({ name: 'docs__write' }), says('ok'));
    const tools = hostOf('docs', { write: tool });
    const { response } = await run(model, tools, asking({ requestServers: [server('docs', { approval })] }));
    expect(response.status).toBe(waits ? 'requires_action' : 'completed');
  });

  it('hold for the tools of this system too', async () => {
    const tools = new ScriptedTools(serverTool('add'));
    const approval = { ...asTheyHaveIt, otherwise: 'always' as const };
    const { response } = await run(
      new ScriptedModel(asks({ name: 'add' })),
      tools,
      testResponse({ approval }),
    );
    expect(response.status).toBe('requires_action');
  });

  it('pause the run when the call is complete, after the other calls of the turn', async () => {
    const tools = hostOf('docs', { write: writes, read: {} });
    const model = new ScriptedModel(
      asks(
        { name: 'docs__write', arguments: { a: 1 } },
        { name: 'docs__read' },
        { name: 'docs__write', callId: 'bad', arguments: '{' },
      ),
      says('ok'),
    );
    const { events, response } = await run(model, tools, asking());
    expect(response.output.slice(1, 4)).toMatchObject([
      { name: 'docs__read', state: 'done' },
      { name: 'docs__write', state: 'pending_approval', arguments: '{"a":1}' },
      { name: 'docs__write', state: 'done', error: { code: 'invalid_request' } },
    ]);
    const place = events.findIndex((event) => event.type === 'item.added' && event.index === 2);
    expect(events.slice(place, place + 3)).toMatchObject([
      { type: 'item.added' },
      { type: 'arguments.delta', delta: '{"a":1}' },
      { type: 'item.done' },
    ]);
  });
});

describe('calls of an earlier turn that wait for approval', () => {
  const tools = () => hostOf('docs', { write: { approval: 'always' } });
  const answer = (approvalRequestId: string, approve: boolean): Item => ({
    type: 'approval_response',
    id: `mcpr_${approvalRequestId}`,
    approvalRequestId,
    approve,
    reason: approve ? null : 'Not today.',
    status: 'completed',
  });
  async function paused() {
    const model = new ScriptedModel(
      asks(
        { name: 'docs__write', callId: 'a', arguments: { n: 1 } },
        { name: 'docs__write', callId: 'b', arguments: { n: 2 } },
      ),
    );
    const { response } = await run(model, tools(), asking());
    const calls = response.output.filter((item): item is FunctionCallItem => item.type === 'function_call');
    return { response, ids: calls.map(({ id }) => id) };
  }

  it('run before the model call where they are approved; the model reads the refusal of the others', async () => {
    const { response: before, ids } = await paused();
    const [first = '', second = ''] = ids;
    const host = tools();
    const model = new ScriptedModel(says('done'));
    const next = asking({ input: [answer(first, true), answer(second, false)], toolChoice: 'none' });
    const { response } = await run(model, host, next, before.output);

    expect(host.calls).toMatchObject([{ name: 'docs__write', arguments: '{"n":1}' }]);
    expect(response.output).toMatchObject([
      { type: 'function_call', callId: 'a', approvalRequestId: first, state: 'done', error: null },
      {
        type: 'function_call',
        callId: 'b',
        approvalRequestId: second,
        state: 'done',
        error: { code: 'forbidden' },
      },
      { type: 'function_call_output', callId: 'b', output: 'User rejected the tool call: Not today.' },
      { type: 'function_call_output', callId: 'a', output: 'docs__write({"n":1})' },
      { type: 'message' },
    ]);
    expect(
      model.requests[0]?.items.map((item) => (item.type === 'function_call' ? item.id : item.type)),
    ).toEqual([
      response.output[0]?.id,
      response.output[1]?.id,
      'function_call_output',
      'function_call_output',
    ]);
  });

  it('run once, also after a takeover', async () => {
    const { response: before, ids } = await paused();
    const [first = ''] = ids;
    const next = asking({ input: [answer(first, false)] });
    const { response } = await run(new ScriptedModel(says('1')), tools(), next, before.output);
    const again = { ...next, output: response.output };
    const taken = await run(new ScriptedModel(says('2')), tools(), again, before.output);
    expect(taken.response.output.filter(({ type }) => type === 'function_call')).toHaveLength(1);
  });

  it('may be part of the request', async () => {
    const proposed = functionCall({
      ...{ id: 'fc_x', callId: 'fc_x', name: 'docs__write', arguments: '{}', executor: 'server' },
      ...{ state: 'pending_approval', serverLabel: 'docs', serverToolName: 'write' },
    });
    const host = tools();
    const next = asking({ input: [proposed, answer('fc_x', true)] });
    expect(decisionsIn(null, next)).toEqual([]);
    const { response } = await run(new ScriptedModel(says('ok')), host, next);
    expect(host.calls).toHaveLength(1);
    expect(response.status).toBe('completed');
  });

  it('must be decided together, once, by a request that offers their tools', async () => {
    const { response: before, ids } = await paused();
    const [first = '', second = ''] = ids;
    const both = [answer(first, true), answer(second, false)];
    expect(decisionsIn(before, asking({ input: both }))).toEqual([
      { callId: 'a', action: 'accept' },
      { callId: 'b', action: 'reject', message: 'Not today.' },
    ]);
    const refusal = (followed: Response, input: Item[], changes: Partial<Response> = {}) =>
      expect(() => decisionsIn(followed, asking({ input, ...changes })));
    refusal(before, [answer(first, true)]).toThrow(`do not have an approval: ${second}`);
    refusal(before, []).toThrow(`do not have an approval: ${first}, ${second}`);
    refusal(before, [...both, answer(first, false)]).toThrow('answered twice');
    refusal(before, [...both, answer('fc_other', true)]).toThrow('There is no approval request fc_other');
    refusal({ ...before, status: 'completed' }, both).toThrow('already decided');
    refusal(before, both, { requestServers: [] }).toThrow('not among the request');
    expect(decisionsIn({ ...before, status: 'completed' }, asking())).toEqual([]);
  });
});
