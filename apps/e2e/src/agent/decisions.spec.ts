import { describe, expect } from 'vitest';
import { scenario } from '../scenario.ts';
import { type Body, agentSystem, callIds, json, lastWords, responses, results } from './agent-system.ts';

const { proposes, createResponse, echoes, put, decide, web, call, otherToken, system } = await agentSystem();

describe('decisions', () => {
  const paused = async (...calls: [string, Body][]) => {
    proposes(...calls);
    return createResponse({ input: 'Update product stock', disable_cache: true });
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
    const done = await createResponse({ input: 'Read', disable_cache: true });
    expect(done.status).toBe('completed');
    expect(results(done)[0]).toMatch(/GET.*\/echo\?q=x/s);
    proposes(['get_http_requests', { url: 'http://127.0.0.1:9/secret' }]);
    const refused = await createResponse({ input: 'Read another', disable_cache: true });
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
      expect((await call(`${responses}/${done.id}/decisions`, { token: otherToken })).status).toBe(404);
    },
  );

  scenario('agent-decided-once', 'count once when two are sent at the same time', async () => {
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

  scenario('agent-pause-elsewhere', 'are shown as pending in every dialect', async () => {
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
    const done = await createResponse({
      input: [{ type: 'tool_decision', tool_call_id: 'call_0', decision: 'accept' }],
      previous_response_id: asked.id,
    });
    expect([done.id, done.status, lastWords(done)]).toEqual([asked.id, 'completed', 'Done: 1']);
  });
});
