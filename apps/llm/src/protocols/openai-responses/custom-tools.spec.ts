import { functionCall, type Item, type ModelTool } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { playBody } from '../../providers/__fixtures__/play-body.ts';
import { modelRequest } from '../../providers/__fixtures__/model-request.ts';
import { plainQuirks } from '../quirks/provider-quirks.ts';
import { added, completed, created, done, type Event } from './__fixtures__/events.ts';
import { account, addUp, answer, sse } from './__fixtures__/play.ts';
import { toResponsesParams } from './request.ts';

const grammar = { syntax: 'lark' as const, definition: 'start: "a"' };
const tool: ModelTool = {
  name: 'patch',
  description: 'Patches.',
  parameters: { type: 'object', properties: { input: { type: 'string' } } },
  strict: null,
  custom: { grammar },
};
const items: Item[] = [
  functionCall({
    id: 'fc_1',
    callId: 'call_1',
    name: 'patch',
    kind: 'custom',
    arguments: '{"input":"a\\nb"}',
    executor: 'client',
  }),
  { type: 'function_call_output', id: 'fco_1', callId: 'call_1', output: 'ok', status: 'completed' },
];

function paramsOf(customTools: boolean) {
  return toResponsesParams(modelRequest('Hi', { tools: [tool], items, toolChoice: { name: 'patch' } }), {
    account,
    quirks: { ...plainQuirks, custom_tools: customTools },
    isStreamed: true,
    isReasoning: true,
  });
}

describe('custom tools', () => {
  it('and their calls are sent as such where the provider has them', () => {
    const { tools, tool_choice, input } = paramsOf(true);
    expect(tools).toEqual([
      { type: 'custom', name: 'patch', description: 'Patches.', format: { type: 'grammar', ...grammar } },
    ]);
    expect(tool_choice).toEqual({ type: 'custom', name: 'patch' });
    expect(input).toEqual([
      { type: 'custom_tool_call', call_id: 'call_1', name: 'patch', input: 'a\nb' },
      { type: 'custom_tool_call_output', call_id: 'call_1', output: 'ok' },
    ]);
  });

  it('are functions elsewhere', () => {
    const { tools, tool_choice, input } = paramsOf(false);
    expect(tools).toMatchObject([{ type: 'function', name: 'patch', parameters: tool.parameters }]);
    expect(tool_choice).toEqual({ type: 'function', name: 'patch' });
    expect(input).toMatchObject([{ type: 'function_call' }, { type: 'function_call_output' }]);
  });

  const call = (input: string): Event => ({
    type: 'custom_tool_call',
    id: 'ctc_1',
    call_id: 'call_1',
    name: 'patch',
    input,
  });
  const piece = (delta: string): Event => ({
    type: 'response.custom_tool_call_input.delta',
    item_id: 'ctc_1',
    output_index: 0,
    delta,
  });

  it.each([
    ['in pieces', [added(0, call('')), piece('a"'), piece('\n😀'), done(0, call('a"\n😀'))]],
    ['as a whole', [done(0, call('a"\n😀'))]],
  ])('return their input %s as arguments', async (_how, events) => {
    const body = sse([created, ...events, completed]);
    const said = addUp(await playBody(answer(['patch']), body, { bytesPerRead: 7 }));
    expect(said.calls).toEqual([{ id: 'call_1', name: 'patch', arguments: '{"input":"a\\"\\n😀"}' }]);
    expect(said.end.finishReason).toBe('tool_calls');
  });

  it('that the provider runs itself are no calls', async () => {
    const body = sse([created, done(0, call('x')), completed]);
    await expect(playBody(answer(), body, {})).rejects.toThrow(/nothing but custom_tool_call/);
  });
});
