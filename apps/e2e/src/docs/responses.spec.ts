import { fail, finish, reasoning, refusal, text, toolCall } from '@antiphon/service-kit/testing';
import { describe, expect, onTestFinished, it } from 'vitest';
import { textWith } from '../checks/matchers.ts';
import { OutsideServer } from '../servers/mcp-server.ts';
import { scenario } from '../scenario.ts';
import { documentedSystem, idOf, unknownId, weather, uncalled } from './documented-system.ts';

const { api, token, provider, otherToken } = await documentedSystem();

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
        await call(parameters.id, otherToken),
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
      // A worker continues the run. It must end before the next scenario replaces the script of the model.
      const status = async () =>
        (
          JSON.parse((await api.call('codex.retrieveResponse', { parameters, token })).text) as {
            status: string;
          }
        ).status;
      await expect.poll(status).toBe('completed');
    }
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

it('covered every operation, with success and with an error', () => {
  expect(uncalled(api, 'openai', 'jan', 'codex')).toEqual({ good: [], bad: [] });
});
