import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '@antiphon/tools/repository';
import { text, toolCall } from '@antiphon/service-kit/testing';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { scenario } from './scenario.ts';
import { sharedSystem } from './system/system.ts';

const system = await sharedSystem();
const { provider, web } = system;
const me = await system.token();
const stranger = await system.token();

type Body = Record<string, unknown>;
interface AgentResponse {
  id: string;
  conversation_id: string;
  status: string;
  output: { role: string; content: { text: string }[]; tool_calls?: { args: Body }[]; status?: string }[];
  interrupts: { tool_call_id: string }[] | null;
  usage: { total_tokens: number };
  metadata: { cache_hit: boolean } | null;
}

// The document's models belong to other platforms: they get the default one.
beforeAll(() => system.restart('llm', { UNKNOWN_MODELS: 'default' }));
afterAll(() => system.restart('llm'));

function call(
  path: string,
  {
    body,
    token = me,
    method,
    headers = {},
  }: {
    body?: Body;
    token?: string;
    method?: string;
    headers?: Record<string, string>;
  } = {},
): Promise<Response> {
  return fetch(`${system.url}${path}`, {
    method: method ?? (body ? 'POST' : 'GET'),
    headers: {
      authorization: `Bearer ${token}`,
      ...(body && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body && { body: JSON.stringify(body) }),
  });
}

const responses = '/api/v1/responses';
const create = (body: Body, options: { token?: string; headers?: Record<string, string> } = {}) =>
  call(responses, { body, ...options });
/** The test checks the reply, so its shape is not checked here. */
const json = async <Shape = AgentResponse>(answer: Response | Promise<Response>): Promise<Shape> =>
  (await (await answer).json()) as Shape;
const ask = (body: Body, token = me) => json(create({ stream: 'off', ...body }, { token }));
const decide = (of: AgentResponse, decisions: Body[], token = me) =>
  create(
    {
      input: decisions.map((decision) => ({ type: 'tool_decision', ...decision })),
      conversation_id: of.conversation_id,
      stream: 'off',
    },
    { token },
  );
const callIds = ({ interrupts }: AgentResponse) => (interrupts ?? []).map(({ tool_call_id: id }) => id);
const lastWords = ({ output }: AgentResponse) =>
  output
    .at(-1)
    ?.content.map((block) => block.text)
    .join('');
const results = ({ output }: AgentResponse) =>
  output.filter(({ role }) => role === 'tool').map(({ content }) => content[0]?.text ?? '');

function fixture(name: string): Body {
  const path = join(repositoryRoot, 'libs/dialects/src/agent/__fixtures__', `${name}.request.json`);
  return JSON.parse(readFileSync(path, 'utf8')) as Body;
}

/** Proposes these calls first, and answers once it has their results. */
function proposes(...calls: [name: string, args: Body][]) {
  provider.script = ({ toolOutputs }) =>
    toolOutputs.length === 0
      ? calls.map(([name, args], index) => toolCall(name, args, { id: `call_${index}`, index }))
      : [text(`Done: ${toolOutputs.length}`)];
}
const put = (input: Body = { stock: 100 }): [string, Body] => [
  'put_http_requests',
  { url: `${web.url}/echo`, input_data: input },
];
const echoes = () => web.countOf('/echo');

async function newConversation(): Promise<string> {
  return (await ask({ input: 'Begin', disable_cache: true })).conversation_id;
}

describe('the document', () => {
  const examples = [
    'basic-string-input-1-simple-string-input',
    'basic-string-input-2-string-input-with-model',
    'basic-string-input-3-string-input-with-model-settings',
    'structured-message-input-1-single-human-message',
    'structured-message-input-2-human-message-with-multiple-content-blocks',
    'structured-message-input-4-tool-message-response',
    'stateful-conversations-1-new-conversation',
    'stateful-conversations-2-continue-conversation',
    'stateful-conversations-3-continue-with-history',
    'stateless-conversations-1-full-conversation-replay',
    'stateless-conversations-2-complex-tool-conversation',
    'model-configuration-1-platform-model-format',
    'model-configuration-3-aws-bedrock-model',
    'model-configuration-4-default-model-with-settings',
    'streaming-options-1-full-streaming',
    'streaming-options-2-events-only-streaming',
    'streaming-options-3-non-streaming',
    'complete-examples-1-full-e-commerce-integration',
    'complete-examples-2-customer-support-chat',
    'complete-examples-3-data-analysis-request',
  ];

  scenario('agent-examples', 'gets the answer of the document', async () => {
    const conversation = await newConversation();
    for (const name of examples) {
      const body = fixture(name);
      if (typeof body.conversation_id === 'string' && !body.conversation_id.startsWith('support'))
        body.conversation_id = conversation;
      const isStream = body.stream !== 'off';
      const answer = await create(body, {
        headers: { accept: isStream ? 'text/event-stream' : 'application/json' },
      });
      expect([name, answer.status]).toEqual([name, 200]);
      const isStored = body.store !== false;
      expect([name, answer.headers.has('x-conversation-id')]).toEqual([name, isStored]);
      if (isStream) expect(await answer.text()).toMatch(/response\.completed/);
      else expect([name, (await json(answer)).status]).toEqual([name, 'completed']);
    }
  });

  scenario('agent-examples', 'refers to conversations and responses that are there', async () => {
    const unknown = fixture('stateful-conversations-2-continue-conversation');
    expect((await create(unknown)).status).toBe(404);
    expect((await create({ ...unknown, conversation_id: 'conv_mistyped' })).status).toBe(404);
    const branching = fixture('stateful-conversations-4-response-branching');
    expect((await create(branching)).status).toBe(404);
    const first = await ask({ input: 'First' });
    const branch = { conversation_id: first.conversation_id, previous_response_id: first.id };
    expect((await create({ ...branching, ...branch })).status).toBe(200);
    const proposed = await create(fixture('structured-message-input-3-ai-message-with-tool-calls'));
    expect(await proposed.json()).toMatchObject({
      status: 'interrupted',
      interrupts: [{ tool_call_id: 'call_123' }],
    });
  });

  scenario('agent-errors', 'has four errors', async () => {
    const json = { accept: 'application/json' };
    const transport = await create(fixture('error-examples-1-invalid-transport'), { headers: json });
    expect([transport.status, await transport.json()]).toEqual([
      406,
      { detail: 'Incompatible transport: stream=full requires Accept: text/event-stream' },
    ]);
    for (const name of ['2-invalid-message-sequence', '3-content-too-large', '4-invalid-model-settings']) {
      const answer = await create(fixture(`error-examples-${name}`), { headers: json });
      expect([name, answer.status, await answer.json()]).toMatchObject([
        name,
        422,
        { detail: [{ loc: expect.arrayContaining(['body']) as unknown }] },
      ]);
    }
  });
});

describe('streams', () => {
  const eventsOf = async (body: Body) => {
    const answer = await create(
      { disable_cache: true, ...body },
      { headers: { accept: 'text/event-stream' } },
    );
    return [...(await answer.text()).matchAll(/^data: (.*)$/gm)].map(
      ([, data = '']) => JSON.parse(data) as Body,
    );
  };

  scenario('agent-stream', 'have deltas, or whole messages only', async () => {
    const full = await eventsOf({ input: 'x' });
    expect(full.map(({ type }) => type)).toEqual([
      'response.created',
      ...Array.from({ length: 3 }, () => 'response.output_text.delta'),
      'response.completed',
    ]);
    expect(full.flatMap(({ content }) => (typeof content === 'string' ? [content] : [])).join('')).toBe(
      'Hello there.',
    );
    const events = await eventsOf({ input: 'x', stream: 'events' });
    expect(events.map(({ type }) => type)).toEqual([
      'response.created',
      'response.message',
      'response.completed',
    ]);
    expect(events[1]).toMatchObject({ content: 'Hello there.', role: 'assistant' });
  });

  scenario(
    ['agent-stream', 'agent-interrupt'],
    'report a pause, and continue after the decision',
    async () => {
      proposes(put());
      const paused = await eventsOf({ input: 'Update', stream: 'events' });
      expect(paused.map(({ type }) => type)).toEqual([
        'response.created',
        'response.output_tool_calls.complete',
        'response.interrupt',
        'response.completed',
      ]);
      expect(paused.at(-1)).toMatchObject({ status: 'interrupted' });
      const resumed = await eventsOf({
        input: [{ type: 'tool_decision', tool_call_id: 'call_0', decision: 'accept' }],
        conversation_id: paused[0]?.conversation_id,
        stream: 'events',
      });
      expect(resumed.map(({ type }) => type)).toEqual([
        'response.resumed',
        'response.tool',
        'response.message',
        'response.completed',
      ]);
      expect(resumed[1]).toMatchObject({ tool_call_id: 'call_0', status: 'success' });
    },
  );
});

describe('decisions', () => {
  const paused = async (...calls: [string, Body][]) => {
    proposes(...calls);
    return ask({ input: 'Update product stock', disable_cache: true });
  };

  scenario(['agent-interrupt', 'agent-decisions'], 'accept runs the call, and usage is the sum', async () => {
    const before = echoes();
    const interrupted = await paused(put());
    expect(interrupted).toMatchObject({
      status: 'interrupted',
      interrupts: [
        {
          action: 'pending',
          args: { value: [{ config: { allow_accept: true, allow_edit: true, allow_respond: true } }] },
        },
      ],
    });
    expect(echoes()).toBe(before);
    const done = await json(decide(interrupted, [{ tool_call_id: 'call_0', decision: 'accept' }]));
    expect([done.id, done.status, lastWords(done)]).toEqual([interrupted.id, 'completed', 'Done: 1']);
    expect(results(done)[0]).toMatch(/PUT.*\{\\+"stock\\+":100\}/s);
    expect(done.usage.total_tokens).toBeGreaterThan(interrupted.usage.total_tokens);
    expect(echoes()).toBe(before + 1);
  });

  scenario('agent-interrupt', 'are not required for read-only tools', async () => {
    proposes(['get_http_requests', { url: `${web.url}/echo`, input_data: { q: 'x' } }]);
    const done = await ask({ input: 'Read', disable_cache: true });
    expect(done.status).toBe('completed');
    expect(results(done)[0]).toMatch(/GET.*\/echo\?q=x/s);
    proposes(['get_http_requests', { url: 'http://127.0.0.1:9/secret' }]);
    const refused = await ask({ input: 'Read another', disable_cache: true });
    expect(refused.output.find(({ role }) => role === 'tool')).toMatchObject({ status: 'error' });
  });

  scenario(
    ['agent-decisions', 'agent-audit'],
    'reject, edit, feedback and accept, together and one by one',
    async () => {
      const before = echoes();
      const interrupted = await paused(put({ n: 0 }), put({ n: 1 }), put({ n: 2 }), put({ n: 3 }));
      expect(callIds(interrupted)).toEqual(['call_0', 'call_1', 'call_2', 'call_3']);
      const args = { url: `${web.url}/echo`, input_data: { n: 'edited' } };
      const half = await json(
        decide(interrupted, [
          { tool_call_id: 'call_0', decision: 'reject', message: 'Too dear' },
          { tool_call_id: 'call_1', decision: 'edit', args },
        ]),
      );
      expect([half.status, callIds(half)]).toEqual(['interrupted', ['call_2', 'call_3']]);
      const feedback = { tool_call_id: 'call_2', decision: 'feedback', message: 'Use another address' };
      expect(callIds(await json(decide(interrupted, [feedback])))).toEqual(['call_3']);
      const done = await json(decide(interrupted, [{ tool_call_id: 'call_3', decision: 'accept' }]));
      expect(done.status).toBe('completed');
      const all = results(done).join('\n');
      expect(all).toMatch(/User rejected the tool call: Too dear/);
      expect(all).toMatch(/edited/);
      expect(all).toMatch(/Use another address/);
      expect(echoes()).toBe(before + 2);

      const { decisions } = await json<{ decisions: Body[] }>(call(`${responses}/${done.id}/decisions`));
      expect(decisions).toMatchObject([
        { tool_call_id: 'call_0', decision: 'reject', run_args: null, message: 'Too dear' },
        { tool_call_id: 'call_1', decision: 'edit', proposed_args: { input_data: { n: 1 } }, run_args: args },
        { tool_call_id: 'call_2', decision: 'feedback' },
        { tool_call_id: 'call_3', decision: 'accept', run_args: { input_data: { n: 3 } } },
      ]);
      expect((await call(`${responses}/${done.id}/decisions`, { token: stranger })).status).toBe(404);
    },
  );

  scenario('agent-decided-once', 'one of two wins', async () => {
    const interrupted = await paused(put());
    const accept = [{ tool_call_id: 'call_0', decision: 'accept' }];
    const answers = await Promise.all([decide(interrupted, accept), decide(interrupted, accept)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
    expect((await decide(interrupted, accept)).status).toBe(400);
  });

  scenario(
    'agent-pause-survives',
    'survive a restart of every process',
    async () => {
      const interrupted = await paused(put());
      await system.restart('responses');
      await system.restart('worker');
      const read = await json(call(`${responses}/${interrupted.id}`));
      expect(read).toEqual(interrupted);
      const done = await json(decide(interrupted, [{ tool_call_id: 'call_0', decision: 'accept' }]));
      expect([done.status, lastWords(done)]).toEqual(['completed', 'Done: 1']);
    },
    60_000,
  );

  scenario('agent-pause-elsewhere', 'are waited for in every dialect', async () => {
    const { id } = await paused(put());
    const read = (path: string) => json<Body>(call(`${path}/${id}`));
    expect(await read('/v1/responses')).toMatchObject({ status: 'completed' });
    expect(JSON.stringify(await read('/v1/responses'))).toContain('put_http_requests');
    expect(await read('/responses/v1/responses')).toMatchObject({
      status: 'in_progress',
      pending_tool_calls: [{ tool_name: 'put_http_requests' }],
    });
    expect(await read('/codex/v1/responses')).toMatchObject({ status: 'in_progress' });
    expect(JSON.stringify(await read('/codex/v1/responses'))).toContain('put_http_requests');
  });

  const ownTools = { type: 'mcp', server_label: 'antiphon', allowed_tools: ['put_http_requests'] };

  scenario('agent-pause-elsewhere', 'can be decided by the next response of the openai dialect', async () => {
    const { id } = await paused(put());
    const before = echoes();
    const { output } = await json<{ output: Body[] }>(call(`/v1/responses/${id}`));
    const request = output.find(({ type }) => type === 'mcp_approval_request');
    const next = await json<Body>(
      call('/v1/responses', {
        body: {
          model: 'gpt-scripted',
          previous_response_id: id,
          input: [{ type: 'mcp_approval_response', approval_request_id: request?.id, approve: true }],
          tools: [ownTools],
        },
      }),
    );
    expect(next).toMatchObject({
      status: 'completed',
      output: [{ type: 'mcp_call', name: 'put_http_requests', approval_request_id: request?.id }, {}],
    });
    expect(echoes() - before).toBe(1);
    expect(await json(call(`${responses}/${id}`))).toMatchObject({ status: 'completed', interrupts: null });
  });

  scenario('agent-pause-elsewhere', 'of the openai dialect are interrupts here, with decisions', async () => {
    proposes(put());
    const asked = await json<Body>(
      call('/v1/responses', {
        body: {
          model: 'gpt-scripted',
          input: 'Update the stock',
          tools: [{ ...ownTools, require_approval: 'always' }],
        },
      }),
    );
    const read = await json(call(`${responses}/${String(asked.id)}`));
    expect(read).toMatchObject({ status: 'interrupted', interrupts: [{ tool_call_id: 'call_0' }] });
    const done = await ask({
      input: [{ type: 'tool_decision', tool_call_id: 'call_0', decision: 'accept' }],
      previous_response_id: asked.id,
    });
    expect([done.id, done.status, lastWords(done)]).toEqual([asked.id, 'completed', 'Done: 1']);
  });
});

describe('conversations', () => {
  scenario('agent-conversations', 'go on, branch, are listed, read and deleted', async () => {
    const token = await system.token();
    const say = (input: string, more: Body = {}) => ask({ input, ...more, disable_cache: true }, token);
    const one = await say('One');
    const { conversation_id: conversation } = one;
    const two = await say('Two', { conversation_id: conversation });
    const seen = async (more: Body) => {
      const { length } = provider.calls;
      const response = await say('Next', more);
      const messages = provider.calls[length]?.body.messages ?? [];
      return {
        response,
        users: messages.filter(({ role }) => role === 'user').map(({ content }) => content),
      };
    };
    const branch = await seen({ previous_response_id: one.id });
    expect([branch.response.conversation_id, branch.users]).toEqual([conversation, ['One', 'Next']]);
    const asOfTwo = await seen({ conversation_id: conversation, previous_response_id: two.id });
    expect(asOfTwo.users).toEqual(['One', 'Two', 'Next']);
    const latest = await seen({ conversation_id: conversation });
    expect(latest.users).toEqual(['One', 'Two', 'Next', 'Next']);

    const { conversation_id: newer } = await say('Another conversation');
    const list = (query = '') =>
      json<{ conversations: Body[]; has_more: boolean }>(call(`/api/v1/conversations${query}`, { token }));
    expect(await list('?limit=1')).toMatchObject({
      conversations: [{ id: newer, preview: 'Another conversation', status: 'completed' }],
      has_more: true,
    });
    expect(await list(`?after=${newer}`)).toMatchObject({
      conversations: [{ id: conversation, preview: 'One' }],
      has_more: false,
    });
    const path = `/api/v1/conversations/${conversation}`;
    const read = await json<{ status: string; messages: { role: string }[] }>(call(path, { token }));
    expect([read.status, read.messages.length]).toEqual(['completed', 10]);
    for (const method of ['GET', 'DELETE'])
      expect((await call(path, { method, token: stranger })).status).toBe(404);
    expect((await call(path, { method: 'DELETE', token })).status).toBe(204);
    expect((await call(path, { token })).status).toBe(404);
    expect((await call(`${responses}/${one.id}`, { token })).status).toBe(404);
  });

  scenario('agent-conversation-access', 'are refused to others, and while calls wait', async () => {
    proposes(put());
    const interrupted = await ask({ input: 'Update', disable_cache: true });
    const { conversation_id: conversation } = interrupted;
    const next = { input: 'And now?', stream: 'off', conversation_id: conversation };
    expect((await create(next)).status).toBe(409);
    expect((await create(next, { token: stranger })).status).toBe(403);
    const accept = [{ tool_call_id: 'call_0', decision: 'accept' }];
    expect((await decide(interrupted, accept, stranger)).status).toBe(403);
    expect((await decide(interrupted, [{ tool_call_id: 'call_9', decision: 'accept' }])).status).toBe(404);
    const unknown = { ...interrupted, conversation_id: 'conv_00000000000000000000000000000000' };
    expect((await decide(unknown, accept)).status).toBe(404);
    expect((await decide(interrupted, [{ tool_call_id: 'call_0', decision: 'maybe' }])).status).toBe(422);
    expect((await decide(interrupted, accept)).status).toBe(200);
    expect((await create(next)).status).toBe(200);
  });
});

describe('the cache', () => {
  scenario('agent-cache', 'reuses an answer for its caller only', async () => {
    const request = { input: `What is AI? ${Date.now()}` };
    const first = await ask(request);
    expect(first.metadata?.cache_hit).toBe(false);
    const { length } = provider.calls;
    const again = await ask(request);
    expect([again.metadata?.cache_hit, lastWords(again), again.usage.total_tokens]).toEqual([
      true,
      'Hello there.',
      0,
    ]);
    expect(again.id).not.toBe(first.id);
    expect(await json(call(`${responses}/${again.id}`))).toEqual(again);
    expect(provider.calls.length).toBe(length);
    const streamed = await (await create({ ...request, stream: 'full' })).text();
    expect(streamed).toContain('Hello there.');
    expect(provider.calls.length).toBe(length);

    expect((await ask({ ...request, disable_cache: true })).metadata?.cache_hit).toBe(false);
    expect((await ask({ ...request, model_settings: { temperature: 0.3 } })).metadata?.cache_hit).toBe(false);
    expect((await ask(request, stranger)).metadata?.cache_hit).toBe(false);
    await call(`${responses}/${first.id}`, { method: 'DELETE' });
    expect((await ask(request)).metadata?.cache_hit).toBe(false);
  });

  scenario('agent-cache', 'holds no answers that called tools', async () => {
    proposes(['get_http_requests', { url: `${web.url}/echo` }]);
    const request = { input: `Read it ${Date.now()}` };
    await ask(request);
    expect((await ask(request)).metadata?.cache_hit).toBe(false);
  });
});
