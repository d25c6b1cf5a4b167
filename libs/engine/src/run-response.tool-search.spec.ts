import type { ClientTool, FunctionCallOutputItem, Item, ServerTool } from '@antiphon/contracts';
import { testResponse } from '@antiphon/contracts/testing';
import { describe, expect, it } from 'vitest';
import { asks, clientTool, says, ScriptedModel, ScriptedTools, serverTool } from './testing/index.ts';
import { answerOf, callsOf, outputsOf, run, textWith } from './testing/run-scenario.ts';

const search = { kind: 'tool_search' as const, options: {}, declared: { type: 'tool_search' } };
const deferred = (name: string, description: string): ClientTool => ({
  ...clientTool(name),
  description,
  isDeferred: true,
});
const crm = (toolName: string, description: string, more: object = {}): ClientTool => ({
  ...deferred(`crm__${toolName}`, description),
  namespace: { name: 'crm', toolName, ...more },
});
const tools = [
  clientTool('now'),
  crm('get_customer', 'Returns a customer by id.', { description: 'Customers and their orders.' }),
  crm('list_orders', 'Lists the open orders of a customer.'),
  deferred('send_mail', 'Sends an e-mail.'),
];
const response = testResponse({ serverTools: [], clientTools: tools, hostedTools: [search] });
const namesIn = (model: ScriptedModel, turn: number) => model.requests[turn]?.tools.map(({ name }) => name);
const searchesFor = (query: string, limit?: number) =>
  asks({ name: 'tool_search', arguments: { query, ...(limit && { limit }) } });
const outputIn = (items: readonly Item[]): FunctionCallOutputItem => {
  const output = items.find((item) => item.type === 'function_call_output');
  if (output?.type !== 'function_call_output') throw new Error('there is no output');
  return output;
};

describe('deferred tools', () => {
  it('are offered once a search has found them, in the same run and in later ones', async () => {
    const model = new ScriptedModel(searchesFor('orders of customers', 1), says('Done'));
    const first = await run({ model, response });
    expect(namesIn(model, 0)).toEqual(['now', 'tool_search']);
    expect(model.requests[0]?.tools[1]?.description).toMatch(
      /crm \(2 tools\): Customers and their orders\.\n- send_mail$/,
    );
    expect(namesIn(model, 1)).toEqual(['now', 'tool_search', 'crm__list_orders']);
    expect(model.requests[1]?.tools[2]?.description).toBe(
      'Lists the open orders of a customer.\n\nAll tools whose names begin with "crm__": Customers and their orders.',
    );
    expect(callsOf(first.response)).toMatchObject([
      { kind: 'tool_search', executor: 'server', state: 'done' },
    ]);
    expect(outputIn(first.response.output)).toMatchObject({
      kind: 'tool_search',
      output: textWith('- crm__list_orders: Lists the open orders'),
      tools: { executor: 'server', clientTools: [{ name: 'crm__list_orders', isDeferred: true }] },
    });

    const later = new ScriptedModel(says('Again'));
    await run({ model: later, response, history: first.response.output });
    expect(namesIn(later, 0)).toEqual(['now', 'tool_search', 'crm__list_orders']);
    // The item has the whole tool: a later request need not declare it again.
    const bare = new ScriptedModel(says('Again'));
    await run({ model: bare, response: testResponse({ serverTools: [] }), history: first.response.output });
    expect(namesIn(bare, 0)).toEqual(['crm__list_orders']);
  });

  it.each([
    ['customer', ['crm__get_customer', 'crm__list_orders']],
    ['e-mails', ['send_mail']],
    ['sendMail', ['send_mail']],
    ['weather', []],
  ])('are found by words of names and descriptions: %s', async (query, names) => {
    const model = new ScriptedModel(searchesFor(query), says('Done'));
    const { response: ended } = await run({ model, response });
    expect(namesIn(model, 1)).toEqual(['now', 'tool_search', ...names]);
    if (names.length === 0)
      expect(outputsOf(ended)).toEqual(['No tool fits. Search again with other words.']);
  });

  it('of servers are found as well, and those of this system', async () => {
    const offered = serverTool('weather', { description: 'The weather of a place.' });
    const host = new ScriptedTools(offered);
    const listed: ServerTool = { ...offered.tool, name: 'maps__route', description: 'Finds a route.' };
    host.servers.set('maps', [{ name: 'route', tool: listed }]);
    const server = {
      label: 'maps',
      origin: null,
      sealedAccess: null,
      allowed: null,
      approval: { always: null, never: null, otherwise: 'never' as const },
      isDeferred: true,
      description: 'Maps of the world.',
    };
    const model = new ScriptedModel(searchesFor('route weather'), asks({ name: 'weather' }), says('Sunny'));
    const { response: ended } = await run({
      model,
      tools: host,
      response: testResponse({
        serverTools: ['weather'],
        defersServerTools: true,
        requestServers: [server],
        hostedTools: [search],
      }),
    });
    expect(model.requests[0]?.tools).toMatchObject([
      { name: 'tool_search', description: textWith('- maps (1 tool): Maps of the world.') },
    ]);
    expect(namesIn(model, 1)?.toSorted()).toEqual(['maps__route', 'tool_search', 'weather']);
    expect(outputIn(ended.output).tools?.serverTools).toEqual(
      expect.arrayContaining([
        { label: 'antiphon', names: ['weather'] },
        { label: 'maps', names: ['route'] },
      ]),
    );
    expect(answerOf(ended)).toBe('Sunny');
  });

  it('are offered from the start without a search, and where the choice names one', async () => {
    const plain = new ScriptedModel(says('Hi'));
    await run({ model: plain, response: testResponse({ serverTools: [], clientTools: tools }) });
    expect(namesIn(plain, 0)).toHaveLength(tools.length);
    const chosen = new ScriptedModel(says('Hi'));
    await run({ model: chosen, response: { ...response, toolChoice: { name: 'send_mail' } } });
    expect(namesIn(chosen, 0)).toEqual(['now', 'tool_search', 'send_mail']);
    const nothing = new ScriptedModel(says('Hi'));
    await run({ model: nothing, response: { ...response, clientTools: [clientTool('now')] } });
    expect(namesIn(nothing, 0)).toEqual(['now']);
  });

  it('are offered where the caller found them, whose search waits for its output', async () => {
    const own: ClientTool = { ...clientTool('tool_search'), kind: 'tool_search' };
    const request = testResponse({ serverTools: [], clientTools: [own, ...tools] });
    const model = new ScriptedModel(asks({ name: 'tool_search', arguments: { goal: 'x' }, callId: 'c1' }));
    const paused = await run({ model, response: request });
    expect(paused.response.status).toBe('requires_action');
    expect(callsOf(paused.response)).toMatchObject([{ kind: 'tool_search', state: 'pending_output' }]);

    const found: Item = {
      type: 'function_call_output',
      id: 'fco_1',
      callId: 'c1',
      output: 'These tools can be called now.',
      status: 'completed',
      kind: 'tool_search',
      tools: { executor: 'client', clientTools: [clientTool('pay'), deferred('send_mail', 'Sends.')] },
    };
    const next = new ScriptedModel(says('Hi'));
    await run({
      model: next,
      response: { ...request, input: [found] },
      history: paused.response.output,
    });
    expect(namesIn(next, 0)).toEqual(['pay', 'tool_search', 'now', 'send_mail']);
  });
});

it('tools that an input adds are offered from then on; deferred ones once they are found', async () => {
  const added: Item = {
    type: 'additional_tools',
    id: 'at_1',
    tools: { clientTools: [clientTool('pay'), deferred('refund', 'Pays back.')] },
    status: 'completed',
  };
  const model = new ScriptedModel(searchesFor('refund'), says('Done'));
  await run({ model, response: { ...response, input: [added] } });
  expect(namesIn(model, 0)).toEqual(['pay', 'now', 'tool_search']);
  expect(namesIn(model, 1)).toEqual(['pay', 'now', 'tool_search', 'refund']);
  const later = new ScriptedModel(says('Done'));
  await run({ model: later, response: testResponse({ serverTools: [] }), history: [added] });
  expect(namesIn(later, 0)).toEqual(['pay', 'refund']);
});

it('a search beyond the limit of calls is refused with an output of its own', async () => {
  const model = new ScriptedModel(searchesFor('mail'), searchesFor('orders'), says('Done'));
  const { response: ended } = await run({ model, response: { ...response, toolCallsMax: 1 } });
  expect(ended.output.filter((item) => item.type === 'function_call_output')).toMatchObject([
    { kind: 'tool_search', tools: {} },
    { kind: 'tool_search', output: textWith('No more tool calls') },
  ]);
  expect(ended.status).toBe('completed');
});
