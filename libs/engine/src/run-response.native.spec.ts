import type { CallDetail, HostedTool, ModelDelta } from '@antiphon/contracts';
import { testResponse } from '@antiphon/contracts/testing';
import { describe, expect, it } from 'vitest';
import { asks, clientTool, says, ScriptedModel, ScriptedTools, serverTool } from './testing/index.ts';
import { answerOf, callsOf, outputsOf, run } from './testing/run-scenario.ts';
import { end } from './testing/scripted-model.ts';

const search: HostedTool = {
  kind: 'web_search',
  options: { allowedDomains: [], blockedDomains: [], location: null, contextSize: 'low', opensPages: true },
  declared: { type: 'web_search' },
};
const detail: CallDetail = {
  kind: 'web_search',
  action: { type: 'search', queries: ['x'], results: [] },
};
const origin = { provider: 'a', extraContent: { item: { id: 'ws_1' } } };

/** A search that the provider runs, with what it says next. */
const searched = (call = 0): ModelDelta[] => [
  { type: 'hosted_call', call, callId: `ws_${call}`, kind: 'web_search', name: 'web_search' },
  { type: 'hosted_progress', call },
  { type: 'hosted_arguments', call, text: '{"queries":["x"]}' },
  { type: 'hosted_result', call, result: { output: 'A page', detail, error: null, origin } },
];

function host() {
  const function_ = serverTool('web_search', {}, () => 'ran here');
  const tools = new ScriptedTools(function_);
  tools.hosted.push({ kind: 'web_search', tool: function_.tool });
  return tools;
}
const response = testResponse({ serverTools: [], hostedTools: [search] });

describe('a call that the provider runs itself', () => {
  it('becomes an item with its output, and is not run here', async () => {
    const tools = host();
    const model = new ScriptedModel({
      bursts: [searched(), [{ type: 'text', text: 'Found' }], [end('stop')]],
    });
    const { response: ended, events } = await run({ model, tools, response });

    expect(model.requests).toMatchObject([
      { hostedTools: [search], tools: [{ name: 'web_search', hosted: 'web_search' }] },
    ]);
    expect(tools.calls).toEqual([]);
    expect(ended.status).toBe('completed');
    expect(answerOf(ended)).toBe('Found');
    expect(callsOf(ended)).toMatchObject([
      { kind: 'web_search', state: 'done', arguments: '{"queries":["x"]}', detail, origin, error: null },
    ]);
    expect(outputsOf(ended)).toEqual(['A page']);
    expect(events.filter(({ type }) => type === 'tool.started')).toEqual([]);
    expect(events.flatMap((event) => (event.type === 'item.changed' ? [event.isTurnOpen] : []))).toEqual([
      true,
    ]);
  });

  it('stands beside calls of the caller, and does not count among the calls of a turn', async () => {
    const asked: ModelDelta[] = [
      { type: 'call', call: 0, callId: 'call_1', name: 'add' },
      { type: 'arguments', call: 0, text: '{}' },
    ];
    const model = new ScriptedModel({ bursts: [[...searched(), ...asked], [end('tool_calls')]] });
    const { response: ended } = await run({
      model,
      tools: host(),
      response: {
        ...response,
        clientTools: [clientTool('add')],
        settings: { ...response.settings, parallelToolCalls: false },
      },
    });
    expect(ended.status).toBe('requires_action');
    expect(callsOf(ended).map(({ name, state }) => [name, state])).toEqual([
      ['web_search', 'done'],
      ['add', 'pending_output'],
    ]);
  });

  it('goes on where its provider paused the turn, and with another provider that runs nothing', async () => {
    const tools = host();
    const model = new ScriptedModel(
      { bursts: [searched(), [end('pause')]] },
      asks({ name: 'web_search' }),
      says('Done'),
    );
    const { response: ended } = await run({ model, tools, response });
    expect(model.requests[1]?.items.slice(1).map(({ type }) => type)).toEqual([
      'function_call',
      'function_call_output',
    ]);
    expect(outputsOf(ended)).toEqual(['A page', 'ran here']);
    expect(answerOf(ended)).toBe('Done');
  });

  it('is unfinished where the answer breaks off before its result', async () => {
    const model = new ScriptedModel({ bursts: [searched().slice(0, 2)], then: new Error('gone') });
    const { response: ended } = await run({ model, tools: host(), response });
    expect(ended.status).toBe('failed');
    expect(callsOf(ended)).toMatchObject([{ status: 'incomplete', state: 'done' }]);
  });
});
