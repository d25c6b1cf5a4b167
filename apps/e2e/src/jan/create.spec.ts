import { hang, text, toolCall, wait } from '@antiphon/service-kit/testing';
import { afterAll, describe, expect } from 'vitest';
import { framesOf, JanClient, type JanError } from '../clients/jan-client.ts';
import { documentedAnswers, expectLikeDocumented, isoTime, responseId } from '../clients/jan-document.ts';
import { anyNumber, anyString, textLike, textWith } from '../checks/matchers.ts';
import { OutsideServer } from '../servers/mcp-server.ts';
import { expectPromptly } from '../checks/promptly.ts';
import { scenario, scenarioOfProcesses } from '../scenario.ts';
import { surroundings } from '../system/surroundings.ts';
import { sharedSystem } from '../system/system.ts';

const system = await sharedSystem();
const { provider, web } = system;
const jan = await system.jan();

/** Resolves to the next request of the provider. */
const nextCall = () => provider.call(provider.calls.length);

/** Where all services are one process, none has another time limit. */
const runsOutOfTime = surroundings().isCompact ? undefined : await beginHanging();
afterAll(() => runsOutOfTime?.stop());

describe('create', () => {
  scenario(
    ['jan-create', 'jan-schema', 'jan-times', 'jan-tool-executions', 'jan-usage'],
    'returns the response object of the document',
    async () => {
      provider.script = ({ toolOutputs }) =>
        toolOutputs.length === 0
          ? [toolCall('google_search', { q: 'San Francisco weather' }, { id: 'call_weather' })]
          : [text('The current weather in San Francisco is ', 'partly cloudy.')];
      const asked = nextCall();
      const { status, headers, body } = await jan.create({
        input: "What's the weather in San Francisco?",
        temperature: 0.7,
        stream: false,
      });

      expect(status).toBe(200);
      expect(headers.get('content-type')).toMatch(/^application\/json/);
      expectLikeDocumented(body, documentedAnswers.created);
      expect(body).toEqual({
        id: textLike(responseId),
        model: 'jan-v2-30b',
        input: "What's the weather in San Francisco?",
        output: 'The current weather in San Francisco is partly cloudy.',
        status: 'completed',
        background: false,
        store: true,
        created_at: textLike(isoTime),
        completed_at: textLike(isoTime),
        usage: { prompt_tokens: 20, completion_tokens: 10, total_tokens: 30 },
        tool_executions: [
          {
            tool_name: 'google_search',
            input: { q: 'San Francisco weather' },
            output: textWith('Partly cloudy, 62°F'),
            execution_time_ms: anyNumber,
            depth: 0,
            status: 'completed',
            call_id: 'call_weather',
          },
        ],
        metadata: {},
        temperature: 0.7,
      });
      const { body: sent } = await asked;
      expect(sent).toMatchObject({ model: 'jan-v2-30b', temperature: 0.7 });
    },
  );

  scenario(['jan-chained-tools', 'jan-settings'], 'runs chained tools', async () => {
    const page = `${web.url}/pages/chained`;
    provider.script = ({ toolOutputs }) =>
      [
        [toolCall('google_search', { q: 'quantum computing' }, { id: 'call_search' })],
        [toolCall('scrape', { url: page }, { id: 'call_scrape' })],
        [text('Key findings.')],
      ][toolOutputs.length] ?? [];
    const asked = nextCall();
    const { body } = await jan.create({
      input: 'Research the latest developments in quantum computing and create a summary with key findings',
      system_prompt: 'You are a research assistant.',
      temperature: 0.3,
      max_tokens: 1000,
    });

    expect(body).toMatchObject({
      status: 'completed',
      output: 'Key findings.',
      system_prompt: 'You are a research assistant.',
      temperature: 0.3,
      max_tokens: 1000,
      usage: { prompt_tokens: 30, completion_tokens: 15, total_tokens: 45 },
    });
    expect(body.tool_executions).toMatchObject([
      { tool_name: 'google_search', depth: 0, status: 'completed' },
      {
        tool_name: 'scrape',
        depth: 1,
        status: 'completed',
        output: textWith('This is the page chained'),
      },
    ]);
    const sent = (await asked).body;
    expect(sent.messages[0]).toEqual({ role: 'system', content: 'You are a research assistant.' });
    expect(sent['max_completion_tokens'] ?? sent['max_tokens']).toBe(1000);
  });

  scenario(['jan-mcp', 'jan-unknown-tool'], 'accepts MCP servers, and refuses unknown tools', async () => {
    const outside = await OutsideServer.start();
    try {
      const server = {
        type: 'mcp',
        server_label: 'notes',
        server_url: outside.url,
        require_approval: 'never',
      };
      provider.script = ({ toolOutputs }) =>
        toolOutputs.length > 0 ? [text(toolOutputs.join())] : [toolCall('notes__read_note', { name: 'a' })];
      const { status, body } = await jan.create({ input: 'Read', tools: [server] });
      expect([status, body.output]).toEqual([200, 'note a']);
      expect(body.tool_executions).toMatchObject([{ tool_name: 'notes__read_note', status: 'completed' }]);
      expect(
        await jan.create({ input: 'Read', tools: [{ ...server, require_approval: 'always' }] }),
      ).toMatchObject({
        status: 400,
        body: { error: { message: textWith('tools[0].require_approval must be "never"') } },
      });
    } finally {
      await outside.stop();
    }
    for (const tools of [[{ type: 'web_search_preview' }], ['nonsense'], ['calculate', { type: 'custom' }]])
      expect(await jan.create({ input: 'Search', tools })).toMatchObject({
        status: 400,
        body: {
          error: {
            type: 'invalid_request_error',
            message: textWith('is not among the tools that this server'),
          },
        },
      });
  });

  scenario('jan-parallel-tools', 'runs the calls of one turn at the same time', async () => {
    // The second URL answers only when both readers wait.
    const [one, two] = [`${web.url}/meet/2/one`, `${web.url}/meet/2/two`];
    provider.script = ({ toolOutputs }) =>
      toolOutputs.length === 0
        ? [
            toolCall('scrape', { url: one }, { id: 'call_one', index: 0 }),
            toolCall('scrape', { url: two }, { id: 'call_two', index: 1 }),
          ]
        : [text('Both read.')];
    const { body } = await jan.create({ input: 'Read both' });
    expect(body.output).toBe('Both read.');
    expect(body.tool_executions).toMatchObject([
      { call_id: 'call_one', depth: 0, status: 'completed', input: { url: one } },
      { call_id: 'call_two', depth: 0, status: 'completed', input: { url: two } },
    ]);
  });

  scenario('jan-tool-failure', 'gives the model the error of a tool', async () => {
    provider.script = ({ toolOutputs }) =>
      toolOutputs.length === 0
        ? [
            toolCall('scrape', { url: `${web.url}/broken` }, { id: 'call_broken', index: 0 }),
            toolCall('no_such_tool', {}, { id: 'call_unknown', index: 1 }),
            toolCall('google_search', { query: 1 }, { id: 'call_misfit', index: 2 }),
          ]
        : [text(`The outputs: ${toolOutputs.length} outputs.`)];
    const { status, body } = await jan.create({ input: 'Try these' });
    expect(status).toBe(200);
    expect(body.output).toBe('The outputs: 3 outputs.');
    expect(body.tool_executions.map(({ call_id, status }) => [call_id, status])).toEqual([
      ['call_broken', 'failed'],
      ['call_unknown', 'failed'],
      ['call_misfit', 'failed'],
    ]);
    for (const { output } of body.tool_executions) expect(output).toEqual(textLike(/\w+ \w+/));
  });

  scenario(
    'jan-tool-selection',
    'offers all tools of the server, or those that the request names',
    async () => {
      const offered = async (body: Record<string, unknown>) => {
        const asked = nextCall();
        expect((await jan.create({ input: 'Hello', ...body })).status).toBe(200);
        return ((await asked).body.tools ?? []).map((tool) => tool.function.name).sort();
      };
      expect(await offered({})).toEqual(
        expect.arrayContaining(['get_http_requests', 'google_search', 'scrape']),
      );
      expect(await offered({ tools: [] })).toEqual([]);
      expect(await offered({ tools: [{ type: 'function', function: { name: 'google_search' } }] })).toEqual([
        'google_search',
      ]);
      expect(await offered({ tools: ['scrape'] })).toEqual(['scrape']);
    },
  );

  scenario(
    'jan-client-tools',
    "pauses for the caller's own function and continues with its output",
    async () => {
      provider.script = ({ body }) =>
        body.messages.at(-1)?.role === 'tool'
          ? [text(`It said: ${String(body.messages.at(-1)?.content)}`)]
          : [toolCall('ask_owner', { question: 'when?' }, { id: 'call_owner' })];
      const tools = [
        {
          type: 'function',
          function: {
            name: 'ask_owner',
            description: 'Asks the owner',
            parameters: { type: 'object', properties: { question: { type: 'string' } } },
          },
        },
      ];
      const paused = await jan.create({ input: 'When do we meet?', tools });
      expect(paused).toMatchObject({
        status: 200,
        body: {
          status: 'in_progress',
          tool_executions: [],
          pending_tool_calls: [
            { tool_name: 'ask_owner', input: { question: 'when?' }, call_id: 'call_owner' },
          ],
        },
      });
      const { body } = await jan.create({
        input: [{ role: 'tool', tool_call_id: 'call_owner', content: 'at noon' }],
        previous_response_id: paused.body.id,
        tools,
      });
      expect(body).toMatchObject({ status: 'completed', output: 'It said: at noon' });
    },
  );

  scenario('jan-store-false', 'stores nothing with store: false', async () => {
    const { status, body } = await jan.create({ input: 'Forget this', store: false });
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: 'completed', store: false });
    expect((await jan.get(body.id)).status).toBe(404);
  });

  scenario('jan-previous-response', 'continues an earlier response', async () => {
    provider.script = ({ userText }) => [text(`You said ${userText}`)];
    const first = await jan.create({ input: 'one' });
    const asked = nextCall();
    const second = await jan.create({ input: 'two', previous_response_id: first.body.id });
    expect(second.status).toBe(200);
    expect((await asked).body.messages).toEqual([
      { role: 'user', content: 'one' },
      { role: 'assistant', content: 'You said one' },
      { role: 'user', content: 'two' },
    ]);
    const unknown = await jan.create<JanError>({
      input: 'x',
      previous_response_id: first.body.id.replace(/.$/, (last) => (last === 'z' ? 'y' : 'z')),
    });
    expect(unknown).toMatchObject({
      status: 404,
      body: { error: { type: 'not_found_error', code: 'not_found' } },
    });
  });

  scenario('jan-conversation', 'continues a conversation', async () => {
    const id = await jan.newConversation();
    await jan.create({ input: 'my name is Ada', conversation: id });
    const asked = nextCall();
    await jan.create({ input: 'what is my name?', conversation: { id } });
    const { messages } = (await asked).body;
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
    const otherJan = await system.jan();
    const unknown = { status: 404, body: { error: { type: 'not_found_error', code: 'not_found' } } };
    expect(await otherJan.create<JanError>({ input: 'x', conversation: id })).toMatchObject(unknown);
    expect(await jan.create<JanError>({ input: 'x', conversation: 'support-chat' })).toMatchObject(unknown);
  });

  scenario(
    ['jan-user-field', 'jan-unknown-fields'],
    'uses the token’s subject, and ignores unknown fields',
    async () => {
      const { status, body } = await jan.create({
        input: 'Hello',
        user: 'user_somebody_else',
        frobnicate: { a: [1] },
      });
      expect(status).toBe(200);
      expect((await jan.get(body.id)).status).toBe(200);
    },
  );

  scenario('jan-disconnect', 'ends the provider call when the client disconnects', async () => {
    provider.script = () => [text('Once'), wait(new Promise(() => {}))];
    for (const stream of [true, false]) {
      await expectPromptly(async () => {
        const asked = nextCall();
        const gone = new AbortController();
        const answer = jan
          .open({ input: 'A long story', stream }, gone.signal)
          .catch((error: unknown) => error);
        const call = await asked;
        if (stream) await framesOf((await answer) as Response).next();
        const goneAtMs = performance.now();
        gone.abort();
        const { aborted, atMs } = await call.closed;
        expect(aborted).toBe(true);
        return atMs - goneAtMs;
      });
    }
  });
});

describe('time', () => {
  scenario('jan-tool-timeout', 'the model reads the timeout of a tool', async () => {
    provider.script = ({ toolOutputs }) =>
      toolOutputs.length === 0
        ? [toolCall('get_http_requests', { url: `${web.url}/hang` })]
        : [text(`The outputs: ${toolOutputs.join()}`)];
    const { status, body } = await jan.create({ input: 'Ask a server that hangs' });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'completed',
      tool_executions: [{ tool_name: 'get_http_requests', status: 'failed' }],
    });
    expect(body.output).toMatch(/did not answer within 2 s/);
  });

  scenarioOfProcesses(
    ['jan-error-408', 'no-repeat-after-tools'],
    'a run whose time ends in a tool is 408',
    async () => {
      const { status, headers, body } = (await runsOutOfTime?.inTool) ?? expect.unreachable();
      expect(status).toBe(408);
      expect(body).toEqual({
        error: { message: anyString, type: 'execution_error', code: 'tool_timeout' },
      });
      expect(headers.get('x-should-retry')).toBe('false');

      const { events, frames } = (await runsOutOfTime?.inToolStreamed) ?? expect.unreachable();
      expect(events.map((event) => event.tool_execution?.status ?? event.error?.code)).toEqual([
        'started',
        'failed',
        'tool_timeout',
      ]);
      expect(frames.at(-1)).toEqual({ data: '[DONE]' });
    },
  );

  scenarioOfProcesses('jan-error-408', 'a run whose time ends in the model is 408, too', async () => {
    expect(await runsOutOfTime?.inModel).toMatchObject({
      status: 504,
      body: { error: { type: 'execution_error', code: 'run_timeout' } },
    });
  });
});

/** Runs of another process that hang until their time limit. They start first and are checked last, so that no test waits for them. */
async function beginHanging() {
  const hasty = await system.startAnother('responses', { RESPONSE_TIMEOUT: '8s' });
  const client = new JanClient(hasty.url, jan.token);
  const input = 'Complex task requiring long tool execution';
  provider.script = () => [toolCall('scrape', { url: `${web.url}/hang` })];
  const asked = Promise.all([nextCall(), provider.call(provider.calls.length + 1)]);
  const inTool = client.create<JanError>({ input });
  const inToolStreamed = client.stream({ input });
  await asked;
  provider.script = () => [hang()];
  const askedToo = nextCall();
  const inModel = client.create<JanError>({ input });
  await askedToo;
  return { inTool, inToolStreamed, inModel, stop: () => hasty.stop() };
}
