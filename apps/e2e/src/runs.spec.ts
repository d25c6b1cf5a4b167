import { text } from '@antiphon/service-kit/testing';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { describe, expect } from 'vitest';
import { agentSystem, type Body, json } from './agent/agent-system.ts';
import { scenario } from './scenario.ts';

const { proposes, createResponse, echoes, put, call, system, token, otherToken, provider, web } =
  await agentSystem();

interface Listed<Entry = Body> {
  data: (Entry & { id: string })[];
  has_more: boolean;
  last_id: string | null;
}
interface Timeline {
  run: Body;
  turns: { model_requests: Body[]; tool_calls: Body[]; message_preview: string | null }[];
}

const read = <Shape = Body>(path: string) => json<Shape>(call(`/v1/${path}`));
const waitingOf = async (runId: string) =>
  (await read<Listed>('approvals?limit=100')).data.filter(({ response_id: id }) => id === runId);
const decide = (id: string, body: Body, by = token) =>
  call(`/v1/approvals/${id}/decide`, { body, token: by });
const paused = async (...calls: Parameters<typeof proposes>) => {
  proposes(...calls);
  return (await createResponse({ input: 'Update product stock', disable_cache: true })).id;
};
const ended = (id: string) => expect.poll(async () => (await read(`runs/${id}`)).status).toBe('completed');

describe('runs', () => {
  scenario('runs-list', 'of all dialects are listed with their true status', async () => {
    const since = new Date().toISOString();
    const waiting = await paused(put());
    provider.script = () => [text('Hi')];
    const body = { model: 'openai/gpt-scripted', input: 'Hello', metadata: { note: 'kept' } };
    const { id: keyId, key } = await json<{ id: string; key: string }>(
      call('/llm/auth/api-keys', { method: 'POST' }),
    );
    const answered = await json<Body & { id: string }>(call('/v1/responses', { body, token: key }));
    const list = (query: string) => read<Listed>(`runs?created_after=${since}&${query}`);

    const { data } = await list('');
    expect(data.map(({ id }) => id)).toEqual([answered.id, waiting]);
    expect(data).toMatchObject([
      {
        dialect: 'openai',
        status: 'completed',
        turns: 1,
        tool_calls: 0,
        preview: 'Hello',
        metadata: { note: 'kept' },
        error: null,
        provider: 'openai',
        api_key_id: keyId,
      },
      {
        dialect: 'agent',
        status: 'requires_action',
        pending_approvals: 1,
        tool_calls: 1,
        completed_at: null,
        api_key_id: null,
      },
    ]);
    const first = await list('limit=1');
    expect([first.has_more, first.last_id]).toEqual([true, answered.id]);
    const idsOf = async (query: string) => (await list(query)).data.map(({ id }) => id);
    expect(await idsOf(`limit=1&after=${answered.id}`)).toEqual([waiting]);
    expect(await idsOf('order=asc')).toEqual([waiting, answered.id]);
    expect(await idsOf('status=requires_action')).toEqual([waiting]);
    expect(await idsOf('dialect=openai')).toEqual([answered.id]);
    expect(await idsOf('model=openai/gpt-scripted&dialect=openai')).toEqual([answered.id]);
    expect(await idsOf(`created_before=${since}`)).toEqual([]);
    expect(await idsOf(`api_key_id=${keyId}`)).toEqual([answered.id]);
    expect(await idsOf('api_key_id=none')).toEqual([waiting]);
    expect(await idsOf('provider=openai')).toEqual([answered.id, waiting]);
    expect(await idsOf('provider=none')).toEqual([]);
    expect(await idsOf('tool=put_http_requests')).toEqual([waiting]);
    expect(await idsOf('metadata_text=NOTE%20ke')).toEqual([answered.id]);
    expect(await idsOf(`limit=1&before=${waiting}`)).toEqual([answered.id]);
    expect((await call(`/v1/runs?before=${waiting}&after=${waiting}`)).status).toBe(400);
    expect(await read(`runs/${answered.id}`)).toMatchObject({
      request: { model: 'openai/gpt-scripted', metadata: { note: 'kept' } },
      response: { object: 'response', status: 'completed' },
    });
    expect((await call(`/v1/runs/${waiting}`, { token: otherToken })).status).toBe(404);
    expect((await call('/v1/runs?status=interrupted')).status).toBe(400);
    expect((await call('/v1/runs?api_key_id=')).status).toBe(400);
  });

  scenario('runs-timeline', 'have a timeline while they wait and afterwards, and whole outputs', async () => {
    const id = await paused(put(), ['get_http_requests', { url: `${web.url}/echo`, input_data: { q: 'x' } }]);
    const before = await read<Timeline>(`runs/${id}/timeline`);
    expect(before).toMatchObject({
      run: { status: 'requires_action' },
      turns: [
        {
          model_requests: [{ outcome: 'ok', attempts: [{ outcome: 'ok' }] }],
          // Calls that wait come after the others of their turn.
          tool_calls: [
            { name: 'get_http_requests', state: 'done', approval: null },
            {
              name: 'put_http_requests',
              state: 'pending_approval',
              output_head: null,
              approval: { action: null },
            },
          ],
        },
      ],
    });
    const [approval] = await waitingOf(id);
    await decide(approval?.id ?? '', { action: 'accept' });
    await ended(id);
    const after = await read<Timeline>(`runs/${id}/timeline`);
    expect(after.turns).toHaveLength(2);
    expect(after.turns[0]?.tool_calls[1]).toMatchObject({ state: 'done', approval: { action: 'accept' } });
    expect(after.turns[1]).toMatchObject({ tool_calls: [], message_preview: 'Done: 2' });

    const output = `/v1/runs/${id}/calls/call_0/output`;
    const download = await call(output);
    expect(download.headers.get('content-disposition')).toBe('attachment; filename="call_0.txt"');
    expect(await download.text()).toBe(after.turns[0]?.tool_calls[1]?.output_head);
    expect((await call(output, { token: otherToken })).status).toBe(404);
    expect((await call(`/v1/runs/${id}/calls/call_9/output`)).status).toBe(404);
  });
});

describe('approvals', () => {
  scenario('approvals-decide', 'are decided in all four ways, and the run goes on', async () => {
    const before = echoes();
    const id = await paused(put({ n: 0 }), put({ n: 1 }), put({ n: 2 }), put({ n: 3 }));
    const waiting = await waitingOf(id);
    expect(waiting.map(({ call_id: callId }) => callId)).toEqual(['call_0', 'call_1', 'call_2', 'call_3']);
    expect(waiting[0]).toMatchObject({ tool: 'put_http_requests', dialect: 'agent', decision: null });
    const [rejected, taught, edited, accepted] = waiting.map((approval) => approval.id);
    expect((await decide(rejected ?? '', { action: 'accept' }, otherToken)).status).toBe(404);
    expect((await decide(rejected ?? '', { action: 'edit', arguments: '[]' })).status).toBe(400);
    const decided = await json<Body>(decide(rejected ?? '', { action: 'reject', message: 'Too dear' }));
    expect(decided).toMatchObject({ id: rejected, decision: { action: 'reject', message: 'Too dear' } });
    await decide(taught ?? '', { action: 'feedback', message: 'Use another address' });
    expect((await read(`runs/${id}`)).pending_approvals).toBe(2);
    const args = { url: `${web.url}/echo`, input_data: { n: 'edited' } };
    expect((await decide(edited ?? '', { action: 'edit', arguments: args })).status).toBe(200);
    // The edited call runs. A decision about the last one waits for the run's next pause.
    expect((await decide(accepted ?? '', { action: 'accept' })).status).toBe(200);
    await ended(id);
    expect(echoes()).toBe(before + 2);

    const output = await (await call(`/v1/runs/${id}/calls/call_2/output`)).text();
    expect(output).toContain('edited');
    const { data } = await read<Listed>('approvals?status=decided&limit=4');
    expect(data.map((approval) => approval.id)).toEqual([accepted, edited, taught, rejected]);
    expect(data.map(({ decision }) => decision)).toMatchObject([
      { action: 'accept', message: null },
      { action: 'edit', arguments: JSON.stringify(args) },
      { action: 'feedback', message: 'Use another address', arguments: null },
      { action: 'reject', message: 'Too dear', arguments: null },
    ]);
    expect(data[1]).toMatchObject({ arguments: JSON.stringify(args) });
    expect(JSON.parse(String(data[1]?.['proposed_arguments']))).toMatchObject({ input_data: { n: 2 } });
    expect(data[0]).toMatchObject({ earlier: { id: edited, arguments: JSON.stringify(args) } });
    expect(await waitingOf(id)).toEqual([]);
  });

  scenario('approvals-decide', 'of the openai dialect are its approval requests', async () => {
    proposes(put());
    const ownTools = { type: 'mcp', server_label: 'antiphon', allowed_tools: ['put_http_requests'] };
    const body = {
      model: 'openai/gpt-scripted',
      input: 'Update the stock',
      tools: [{ ...ownTools, require_approval: 'always' }],
    };
    const asked = await json<{ id: string; output: Body[] }>(call('/v1/responses', { body }));
    const request = asked.output.find(({ type }) => type === 'mcp_approval_request');
    expect((await waitingOf(asked.id)).map(({ id }) => id)).toEqual([request?.id]);
    expect((await decide(String(request?.id), { action: 'accept' })).status).toBe(200);
    await ended(asked.id);
  });

  scenario('approvals-once', 'count once when two are sent at the same time', async () => {
    const id = await paused(put());
    const [approval] = await waitingOf(id);
    const answers = await Promise.all([
      decide(approval?.id ?? '', { action: 'accept' }),
      decide(approval?.id ?? '', { action: 'accept' }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    const refused = await json<Body>(answers.find(({ status }) => status === 409) ?? answers[0]);
    expect(refused).toMatchObject({
      error: { message: expect.stringContaining('decided already: accept by') as string },
      approval: { id: approval?.id, decision: { action: 'accept' } },
    });
    await ended(id);
  });

  scenario('approvals-stream', 'are streamed as they begin to wait and are decided', async () => {
    const earlier = await paused(put());
    const other = await system.otherResponses();
    const { next, close } = await approvalEvents(other.url);
    const [waiting] = await waitingOf(earlier);
    await next(({ type, approval }) => type === 'approval.waiting' && approval?.id === waiting?.id);
    await next(({ type }) => type === 'approvals.current');
    const id = await paused(put());
    const { approval } = await next(({ approval: one }) => one?.response_id === id);
    expect(approval).toMatchObject({
      tool: 'put_http_requests',
      mine: true,
      parsed_arguments: { input_data: { stock: 100 } },
      parameters: { type: 'object' },
      expires_at: expect.any(String) as string,
    });
    await decide(approval?.id ?? '', { action: 'reject' });
    expect((await next(({ type }) => type === 'approval.decided')).approval).toMatchObject({
      id: approval?.id,
      decision: { action: 'reject' },
    });
    expect((await call(`/v1/responses/${earlier}/cancel`, { method: 'POST' })).status).toBe(200);
    await next(({ type, id: ended }) => type === 'approval.ended' && ended === waiting?.id);
    close();
    expect((await call('/v1/approvals?stream=true&status=decided')).status).toBe(400);
  });

  scenario(
    'approvals-scope',
    'of a tenant are seen and decided with the scope, and by no stranger',
    async () => {
      const [owner, member] = [await system.login(), await system.login()];
      expect(await system.admin('tenant', member.user_id, owner.user_id)).toMatchObject({ succeeded: true });
      const made = await system.admin('key', member.user_id, '--scopes', 'approvals');
      const plain = await system.admin('key', member.user_id);
      const keyOf = ({ output }: { output: string }) => (JSON.parse(output) as { key: string }).key;
      proposes(put());
      const { id } = await createResponse({ input: 'Update it', disable_cache: true }, owner.access_token);
      const listed = async (token: string, query = '') =>
        (await json<Listed>(call(`/v1/approvals${query}`, { token }))).data;
      const [approval] = await listed(keyOf(made));
      expect(approval).toMatchObject({ response_id: id, mine: false, caller: owner.user_id });
      expect(await listed(keyOf(made), '?caller=me')).toEqual([]);
      expect(await listed(keyOf(plain))).toEqual([]);
      const path = approval?.id ?? '';
      for (const token of [keyOf(plain), otherToken]) {
        expect((await call(`/v1/approvals/${path}`, { token })).status).toBe(404);
        expect((await decide(path, { action: 'accept' }, token)).status).toBe(404);
      }
      expect((await call(`/v1/approvals?caller=${owner.user_id}`)).status).toBe(403);
      expect((await decide(path, { action: 'reject', message: 'no' }, keyOf(made))).status).toBe(200);
      const [decided] = await listed(owner.access_token, '?status=decided');
      expect(decided).toMatchObject({ id: path, mine: true, decision: { decided_by: member.user_id } });
    },
  );
});

interface ApprovalEvent {
  type: string;
  id?: string;
  approval?: Body & { id: string };
}

/** The events of a stream of approvals, read one after the other until one is wanted. */
async function approvalEvents(url: string) {
  const stop = new AbortController();
  const { body } = await fetch(`${url}/v1/approvals?stream=true`, {
    headers: { authorization: `Bearer ${token}` },
    signal: stop.signal,
  });
  const events = body
    ?.pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream())
    .getReader();
  const next = async (isWanted: (event: ApprovalEvent) => boolean): Promise<ApprovalEvent> => {
    for (;;) {
      const { value } = (await events?.read()) ?? {};
      if (!value) throw new Error('the stream ended');
      const event = JSON.parse(value.data) as ApprovalEvent;
      if (isWanted(event)) return event;
    }
  };
  return { next, close: () => stop.abort() };
}
