import { fail, finish, reasoning, refusal, text, toolCall } from '@antiphon/service-kit/testing';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type ApiDocument, DocumentedApi } from './checks/documented.ts';
import { textLike, textWith } from './checks/matchers.ts';
import { OutsideServer } from './servers/mcp-server.ts';
import { scenario } from './scenario.ts';
import { sharedSystem } from './system/system.ts';

const system = await sharedSystem();
const { provider } = system;
const token = await system.token();
const stranger = await system.token();
// Its own specs check it; here any document will do.
const document = (await (await fetch(`${system.url}/docs/openapi.json`)).json()) as ApiDocument;
const api = new DocumentedApi(system.url, document);

const unknownId = 'resp_0000000000000000000000000000000000';
const idOf = ({ text: body }: { text: string }) => (JSON.parse(body) as { id: string }).id;
const weather = {
  type: 'function',
  name: 'get_weather',
  parameters: { type: 'object', properties: {} },
  strict: true,
};

describe.each(['openai', 'jan', 'codex'])('%s: real replies match the document', (dialect) => {
  const model = dialect === 'jan' ? 'jan-v2-30b' : 'gpt-scripted';
  const create = (body: object, caller: string | undefined = token) =>
    api.call(`${dialect}.createResponse`, { body: { model, ...body }, token: caller });

  scenario('docs-replies', 'responses of every kind, plain and streamed', async () => {
    const scripts = {
      text: () => [text('Hello', ' there.')],
      'reasoning and an early end': () => [reasoning('Hm'), text('Hel'), finish('length')],
      refusal: () => [refusal('I will not.')],
      failure: () => [fail(400, { message: 'too long' })],
      'a server tool': ({ toolOutputs }: { toolOutputs: string[] }) =>
        toolOutputs.length > 0 ? [text('Found.')] : [toolCall('google_search', { q: 'x' })],
      'a function of the caller': () => [
        toolCall('get_weather', {}, { id: 'call_1' }),
        toolCall('get_weather', {}, { id: 'call_2', index: 1 }),
      ],
    };
    const serverTools = dialect === 'jan' ? {} : { tools: [{ type: 'mcp', server_label: 'antiphon' }] };
    for (const [what, script] of Object.entries(scripts)) {
      provider.script = script;
      const tools = what === 'a function of the caller' ? { tools: [weather] } : serverTools;
      // A codex stream stays open until the caller has sent the outputs of its functions.
      const isHeld = dialect === 'codex' && what === 'a function of the caller';
      for (const stream of isHeld ? [false] : [false, true]) {
        const { status } = await create({
          input: 'x',
          metadata: { a: 'b' },
          temperature: 0.5,
          stream,
          ...tools,
        });
        expect([what, status]).toEqual([what, what === 'failure' && !stream ? 400 : 200]);
      }
    }
  });

  scenario('docs-replies', 'every operation on a response', async () => {
    const parameters = { id: idOf(await create({ input: [{ role: 'user', content: 'One' }] })) };
    for (const name of ['retrieveResponse', 'listInputItems', 'deleteResponse']) {
      const { status } = await api.call(`${dialect}.${name}`, { parameters, token });
      expect([name, status]).toEqual([name, name === 'deleteResponse' && dialect === 'jan' ? 204 : 200]);
    }
    provider.script = () => [text('Half'), { do: 'hang' }];
    const queued = { id: idOf(await create({ input: 'x', background: true })) };
    for (const name of ['retrieveResponse', 'cancelResponse', 'retrieveResponse'])
      expect((await api.call(`${dialect}.${name}`, { parameters: queued, token })).status).toBe(200);
  });

  scenario('docs-replies', 'refusals', async () => {
    const parameters = { id: idOf(await create({ input: 'x' })) };
    for (const name of ['retrieveResponse', 'cancelResponse', 'listInputItems', 'deleteResponse']) {
      const call = (id: string, caller?: string) =>
        api.call(`${dialect}.${name}`, { parameters: { id }, token: caller });
      const statuses = [
        await call(unknownId, token),
        await call(parameters.id, stranger),
        await call(parameters.id),
      ];
      expect([name, ...statuses.map(({ status }) => status)]).toEqual([name, 404, 404, 401]);
    }
    const bodies = [
      {},
      { input: 7 },
      { input: 'x', temperature: 3 },
      { input: 'x', previous_response_id: unknownId },
    ];
    for (const body of bodies) expect((await create(body)).status).toBeGreaterThanOrEqual(400);
    expect((await create({ input: 'x' }, 'nonsense')).status).toBe(401);
    provider.script = () => [fail(429, { headers: { 'retry-after': '60' } })];
    expect((await create({ input: 'x' })).status).toBe(429);
    provider.script = () => [fail(500)];
    expect((await create({ input: 'x' })).status).toBeGreaterThanOrEqual(500);
  });
});

scenario('docs-replies', 'pages of input items, and their refusals', async () => {
  const parameters = {
    id: idOf(await api.call('openai.createResponse', { body: { model: 'gpt-scripted', input: 'x' }, token })),
  };
  const page = (query: string) => api.call('openai.listInputItems', { parameters, query, token });
  expect((await page('?limit=1&order=asc')).status).toBe(200);
  expect((await page('?limit=0')).status).toBe(400);
  expect((await page('?after=nothing')).status).toBe(400);
});

scenario('docs-replies', 'tool outputs, accepted and refused', async () => {
  for (const dialect of ['openai', 'codex'])
    for (const name of ['takeToolOutput', 'submitToolOutputs']) {
      provider.script = ({ toolOutputs }) =>
        toolOutputs.length > 0 ? [text('Sunny.')] : [toolCall('get_weather', {}, { id: 'call_1' })];
      const body = { model: 'gpt-scripted', input: 'x', tools: [weather] };
      const parameters = { id: idOf(await api.call('codex.createResponse', { body, token })) };
      const take = (id: string) =>
        api.call(`${dialect}.${name}`, {
          parameters: { id },
          body: { tool_call_id: 'call_1', output: [{ type: 'output_text', text: 'Sun' }] },
          token,
        });
      expect([(await take(unknownId)).status, (await take(parameters.id)).status]).toEqual([404, 200]);
      // A worker continues the run: it must not meet the model of another scenario.
      const status = async () =>
        (
          JSON.parse((await api.call('codex.retrieveResponse', { parameters, token })).text) as {
            status: string;
          }
        ).status;
      await expect.poll(status, { timeout: 15_000 }).toBe('completed');
    }
});

describe('agent: real replies match the document', () => {
  const call = (name: string, options: Parameters<typeof api.call>[1] = {}) =>
    api.call(`agent.${name}`, { token, ...options });
  const create = (body: object) => call('createResponse', { body: { disable_cache: true, ...body } });
  const url = `${system.web.url}/api`;
  const scripts = {
    text: () => [text('Hello', ' there.')],
    failure: () => [fail(400, { message: 'too long' })],
    'a tool that reads': ({ toolOutputs }: { toolOutputs: string[] }) =>
      toolOutputs.length > 0 ? [text('Found.')] : [toolCall('get_http_requests', { url })],
    'a tool that waits': () => [toolCall('put_http_requests', { url }, { id: 'call_1' })],
  };

  scenario('docs-replies', 'responses of every kind, plain and streamed', async () => {
    for (const [what, script] of Object.entries(scripts)) {
      provider.script = script;
      for (const stream of ['off', 'events', 'full']) {
        const { status } = await create({ input: 'x', stream });
        expect([what, status]).toEqual([what, what === 'failure' && stream === 'off' ? 400 : 200]);
      }
    }
  });

  scenario('docs-replies', 'every operation on responses and conversations', async () => {
    provider.script = scripts['a tool that waits'];
    const created = JSON.parse((await create({ input: 'x', stream: 'off' })).text) as Record<string, string>;
    const parameters = { id: created.id ?? '' };
    const conversation = { id: created.conversation_id ?? '' };
    const decision = { type: 'tool_decision', tool_call_id: 'call_1', decision: 'reject' };
    provider.script = () => [text('As you like.')];
    await create({ input: [decision], conversation_id: conversation.id, stream: 'off' });
    for (const name of ['retrieveResponse', 'cancelResponse', 'listInputItems', 'listDecisions'])
      expect([name, (await call(name, { parameters })).status]).toEqual([name, 200]);
    expect((await call('listConversations', { query: '?limit=2' })).status).toBe(200);
    expect((await call('retrieveConversation', { parameters: conversation })).status).toBe(200);
    expect((await call('deleteResponse', { parameters })).status).toBe(204);
    expect((await call('deleteConversation', { parameters: conversation })).status).toBe(204);
    for (const name of [
      'retrieveResponse',
      'cancelResponse',
      'listInputItems',
      'listDecisions',
      'deleteResponse',
    ])
      expect([name, (await call(name, { parameters })).status]).toEqual([name, 404]);
    for (const name of ['retrieveConversation', 'deleteConversation'])
      expect([name, (await call(name, { parameters: conversation })).status]).toEqual([name, 404]);
    expect((await call('listConversations', { query: '?limit=0' })).status).toBe(422);
    expect((await create({ input: 7 })).status).toBe(422);
  });
});

describe('openai: contexts', () => {
  const call = (name: string, options: Parameters<typeof api.call>[1] = {}) =>
    api.call(`openai.${name}`, { token, ...options });
  const model = 'gpt-scripted';
  const statusesOf = (answers: { status: number }[]) => answers.map(({ status }) => status);

  scenario('docs-replies', 'lists of responses, counts and compacted contexts', async () => {
    provider.script = () => [text('In short.')];
    await call('createResponse', { body: { model, input: 'x', metadata: { of: 'docs' } } });
    const listed = await call('listResponses', { query: '?limit=1&status=completed&metadata[of]=docs' });
    expect(JSON.parse(listed.text)).toMatchObject({ data: [{ metadata: { of: 'docs' } }] });
    const compacted = await call('compactContext', { body: { model, input: 'A long story' } });
    const { output } = JSON.parse(compacted.text) as { output: object[] };
    const answers = [
      listed,
      compacted,
      await call('countInputTokens', { body: { input: output } }),
      await call('countInputTokens'),
      await call('listResponses', { query: '?limit=0' }),
      await call('countInputTokens', { body: { input: 7 } }),
      await call('compactContext', { body: { input: 'x' } }),
    ];
    expect(statusesOf(answers)).toEqual([200, 200, 200, 200, 400, 400, 400]);
  });

  scenario('docs-replies', 'tools of servers, and calls that wait for approval', async () => {
    const outside = await OutsideServer.start();
    onTestFinished(() => outside.stop());
    const server = { type: 'mcp', server_label: 'notes', server_url: outside.url };
    const begin = { model, input: 'Read', tools: [server], text: { verbosity: 'low' }, user: 'ada' };
    provider.script = ({ toolOutputs }) =>
      toolOutputs.length > 0 ? [text('Read.')] : [toolCall('notes__read_note', { name: 'a' })];
    for (const stream of [false, true]) {
      const asked = await call('createResponse', { body: begin });
      const { id, output } = JSON.parse(asked.text) as { id: string; output: { id: string; type: string }[] };
      expect(output.map(({ type }) => type)).toEqual(['mcp_list_tools', 'mcp_approval_request']);
      const approval = {
        type: 'mcp_approval_response',
        approval_request_id: output.at(-1)?.id,
        approve: true,
      };
      const next = { ...begin, stream, input: [approval], previous_response_id: id };
      const answer = await call('createResponse', { body: next });
      expect([answer.status, answer.text]).toEqual([200, textWith('"mcp_call"')]);
      const again = JSON.parse((await call('listResponses', { query: '?limit=1' })).text) as {
        data: { id: string }[];
      };
      const items = await call('listInputItems', { parameters: { id: again.data[0]?.id ?? '' } });
      expect([items.status, items.text]).toEqual([200, textWith('"mcp_approval_response"')]);
    }
  });

  scenario('docs-replies', 'conversations and their items', async () => {
    const begun = { items: [{ role: 'user', content: 'One' }], metadata: { a: 'b' } };
    const made = await call('createConversation', { body: begun });
    const parameters = { id: idOf(made) };
    const call_id = 'call_1';
    const items = [
      { role: 'assistant', content: 'Two' },
      { type: 'function_call', call_id, name: 'get_weather', arguments: '{}' },
      { type: 'function_call_output', call_id, output: 'Sunny' },
    ];
    const added = await call('addConversationItems', { parameters, body: { items } });
    const { data } = JSON.parse(added.text) as { data: { id: string }[] };
    const item = { ...parameters, itemId: data[0]?.id ?? '' };
    const answers = [
      made,
      added,
      await call('createConversation'),
      await call('retrieveConversation', { parameters }),
      await call('changeConversation', { parameters, body: { metadata: { a: 'c' } } }),
      await call('listConversationItems', { parameters, query: '?limit=2&order=asc' }),
      await call('retrieveConversationItem', { parameters: item }),
      await call('deleteConversationItem', { parameters: item }),
      await call('deleteConversation', { parameters }),
    ];
    expect(statusesOf(answers)).toEqual(answers.map(() => 200));
  });

  scenario('docs-replies', 'refusals of conversations', async () => {
    const parameters = { id: 'conv_0000000000000000000000000000000000', itemId: 'msg_0' };
    const body = { items: [{ role: 'user', content: 'One' }] };
    const answers = [
      await call('createConversation', { body: { metadata: 7 } }),
      await call('changeConversation', { parameters, body: {} }),
      await call('addConversationItems', { parameters, body: { items: [] } }),
      await call('addConversationItems', { parameters, body }),
      await call('retrieveConversation', { parameters }),
      await call('listConversationItems', { parameters }),
      await call('retrieveConversationItem', { parameters }),
      await call('deleteConversationItem', { parameters }),
      await call('deleteConversation', { parameters }),
    ];
    expect(statusesOf(answers)).toEqual([400, 400, 400, 404, 404, 404, 404, 404, 404]);
  });
});

describe.each(['Endpoint', 'Webhook'])('webhooks: the routes of %s', (noun) => {
  const call = (name: string, options: Parameters<typeof api.call>[1] = {}) =>
    api.call(`webhooks.${name}`, { token, ...options });
  const unknown = {
    id: 'we_0000000000000000000000000000000000',
    delivery: 'wh_0000000000000000000000000000000000',
  };

  scenario('docs-replies', 'answer as documented', async () => {
    const url = system.receiver.at(`docs-${noun}`);
    const created = await call(`create${noun}`, { body: { url, name: 'docs' } });
    const parameters = { id: idOf(created) };
    const ended = await api.call('openai.createResponse', {
      body: { model: 'gpt-scripted', input: 'x', background: true },
      token,
    });
    // A received delivery counts as being sent until the worker has read the reply.
    const deliveries = await vi.waitFor(
      async () => {
        const list = await call(`list${noun}Deliveries`, { parameters });
        expect(list.text).toContain('"delivered"');
        return list;
      },
      { timeout: 10_000, interval: 50 },
    );
    const { data } = JSON.parse(deliveries.text) as { data: { id: string }[] };
    const delivery = { ...parameters, delivery: data[0]?.id ?? '' };
    const statuses = [
      ended,
      created,
      deliveries,
      await call(`redeliverTo${noun}`, { parameters: delivery }),
      await call(`list${noun}s`, { query: '?limit=1' }),
      await call(`retrieve${noun}`, { parameters }),
      await call(`change${noun}`, { parameters, body: { enabled: false } }),
      await call(`rotate${noun}Secret`, { parameters, body: {} }),
      await call(`delete${noun}`, { parameters }),
    ].map(({ status }) => status);
    expect(statuses).toEqual([200, 200, 200, 202, 200, 200, 200, 200, 200]);
  });

  scenario('docs-replies', 'refuse as documented', async () => {
    const parameters = unknown;
    const refusals = [
      await call(`create${noun}`, { body: { url: 7 } }),
      await call(`list${noun}s`, { query: '?limit=0' }),
      await call(`retrieve${noun}`, { parameters }),
      await call(`change${noun}`, { parameters, body: { enabled: 'yes' } }),
      await call(`rotate${noun}Secret`, { parameters, body: {} }),
      await call(`list${noun}Deliveries`, { parameters }),
      await call(`redeliverTo${noun}`, { parameters }),
      await call(`delete${noun}`, { parameters }),
    ].map(({ status }) => status);
    expect(refusals).toEqual([400, 400, 404, 400, 404, 404, 404, 404]);
  });
});

describe('prompts', () => {
  const call = (name: string, options: Parameters<typeof api.call>[1] = {}) =>
    api.call(`prompts.${name}`, { token, ...options });
  const content = { name: 'Teacher', model: 'gpt-scripted', system_prompt: 'You teach {{ topic }}.' };
  const variables = { topic: 'physics' };

  scenario('docs-replies', 'answer as documented', async () => {
    const created = await call('create', { body: content });
    const parameters = { id: idOf(created), version: '1' };
    const statuses = [
      created,
      await call('update', { parameters, body: { system_prompt: 'You know {{ topic }}.' } }),
      await call('list', { query: '?limit=1' }),
      await call('retrieve', { parameters, query: '?version=1' }),
      await call('listVersions', { parameters }),
      await call('diff', { parameters, query: '?from=1&to=2' }),
      await call('setDefault', { parameters, body: { version: '2' } }),
      await call('archiveVersion', { parameters }),
      await call('render', { parameters, body: { variables } }),
      await call('preview', { body: { ...content, variables } }),
      await call('copy', { parameters, body: { name: 'Another' } }),
      await call('listChanges', { parameters }),
      await call('delete', { parameters }),
    ].map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  scenario('docs-replies', 'refuse as documented', async () => {
    const parameters = { id: 'prompt_unknown', version: '1' };
    const refusals = [
      await call('create', { body: { ...content, system_prompt: '{{ topic' } }),
      await call('preview', { body: { ...content, system_prompt: '{{ topic' } }),
      await call('list', { query: '?limit=0' }),
      await call('update', { parameters, body: { name: 'Other' } }),
      await call('retrieve', { parameters }),
      await call('listVersions', { parameters }),
      await call('diff', { parameters }),
      await call('setDefault', { parameters, body: { version: '2' } }),
      await call('archiveVersion', { parameters }),
      await call('render', { parameters, body: {} }),
      await call('copy', { parameters, body: {} }),
      await call('listChanges', { parameters }),
      await call('delete', { parameters }),
    ].map(({ status }) => status);
    expect(refusals).toEqual([400, 400, 400, ...Array<number>(10).fill(404)]);
  });
});

scenario('docs-replies', 'the secret of webhooks', async () => {
  for (const operation of ['webhooks.retrieveSecret', 'webhooks.rotateSecret']) {
    expect((await api.call(operation, { token })).status).toBe(200);
    expect((await api.call(operation)).status).toBe(401);
  }
});

it('covered every operation, with success and with an error', () => {
  expect(api.operations.filter((operation) => !api.seen.good.has(operation))).toEqual([]);
  expect(api.operations.filter((operation) => !api.seen.bad.has(operation))).toEqual([]);
});

describe('the pages', () => {
  scenario('docs-page', 'show the documents, and load nothing from elsewhere', async () => {
    const page = await fetch(`${system.url}/docs`);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, textLike(/^text\/html/)]);
    expect(page.headers.get('content-security-policy')).toMatch(/default-src 'none'/);
    const html = await page.text();
    const links = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link = '']) => link);
    expect(links.length).toBeGreaterThan(3);
    for (const link of links) {
      const answer = await fetch(new URL(link, system.url));
      expect([link, answer.status, (await answer.arrayBuffer()).byteLength > 0]).toEqual([link, 200, true]);
      expect(link).toMatch(/^\/docs\//);
    }
    const script = await (await fetch(`${system.url}/docs/page.js`)).text();
    for (const [url = ''] of script.matchAll(/\/docs\/\w+\/openapi\.json/g)) {
      const answer = await fetch(`${system.url}${url}`);
      expect([url, answer.status, await answer.json()]).toMatchObject([url, 200, { openapi: '3.1.0' }]);
    }
  });

  scenario('docs-page', 'serve nothing else', async () => {
    for (const path of [
      'nothing/openapi.json',
      'assets/package.json',
      'assets/..%2fpackage.json',
      'assets/__proto__',
    ]) {
      expect([path, (await fetch(`${system.url}/docs/${path}`)).status]).toEqual([path, 404]);
    }
  });
});
