import type { CallDetail, ClientTool, HostedTool, ModelDelta, ToolResult } from '@antiphon/contracts';
import { testResponse } from '@antiphon/contracts/testing';
import { describe, expect, it } from 'vitest';
import { asks, clientTool, says, ScriptedModel, ScriptedTools, serverTool } from './testing/index.ts';
import { answerOf, callsOf, outputsOf, run, textWith, types } from './testing/run-scenario.ts';

const search: HostedTool = {
  kind: 'web_search',
  options: { allowedDomains: [], blockedDomains: [], location: null, contextSize: 'low', opensPages: true },
  declared: { type: 'web_search' },
};
const detailOf = (...queries: string[]): CallDetail => ({
  kind: 'web_search',
  action: { type: 'search', queries, results: [] },
});
const found: ToolResult = {
  output: '【k3f9-1】 A page',
  sources: [
    { mark: 'k3f9-1', source: { url: 'https://a.example', title: 'A' } },
    { mark: 'k3f9-2', source: { type: 'file', fileId: 'file_1', url: '', title: 'b.txt' } },
  ],
  detail: detailOf('x'),
  error: null,
  durationMs: 1,
};

/** A host with web search, whose call reports its detail before the result. */
function searchHost(result: ToolResult = found) {
  const function_ = serverTool('web_search', {}, ({ onProgress }) => {
    onProgress?.(detailOf('half'));
    return result;
  });
  const tools = new ScriptedTools(function_);
  tools.hosted.push({ kind: 'web_search', tool: function_.tool });
  return tools;
}

describe('a hosted tool', () => {
  it('is offered as a function and called with the request; its detail is stored with the call', async () => {
    const tools = searchHost();
    const model = new ScriptedModel(
      asks({ name: 'web_search', arguments: { queries: ['x'] } }),
      says('Done'),
    );
    const response = testResponse({ serverTools: [], hostedTools: [search] });
    const { response: ended, events } = await run({ model, tools, response });

    expect(model.requests[0]?.tools.map(({ name }) => name)).toEqual(['web_search']);
    expect(tools.calls).toMatchObject([{ name: 'web_search', hosted: search }]);
    const changes = events.flatMap((event) => (event.type === 'item.changed' ? [event.item] : []));
    expect(changes).toMatchObject([
      { kind: 'web_search', state: 'started' },
      { state: 'started', detail: detailOf('half') },
      { state: 'done', detail: detailOf('x'), sources: found.sources },
    ]);
    expect(callsOf(ended)).toMatchObject([{ kind: 'web_search', detail: detailOf('x') }]);
  });

  it('begins its calls with the detail that the host gives, and goes on from the last call', async () => {
    const tools = searchHost();
    const [listed] = tools.hosted.splice(0);
    if (listed) tools.hosted.push({ ...listed, detail: detailOf('begun') });
    const model = new ScriptedModel(asks({ name: 'web_search', arguments: {} }), says('Done'));
    const response = testResponse({ serverTools: [], hostedTools: [search] });
    const { response: ended, events } = await run({ model, tools, response });
    const added = events.flatMap((event) => (event.type === 'item.added' ? [event.item] : []));
    expect(added[0]).toMatchObject({ kind: 'web_search', detail: detailOf('begun') });
    expect(tools.calls).toMatchObject([{ detail: detailOf('begun') }]);

    const later = testResponse({ serverTools: [], hostedTools: [search] });
    await run({ model: new ScriptedModel(says('Hi')), tools, response: later, history: ended.output });
    expect(tools.listings.map(({ earlier }) => earlier)).toEqual([[], [detailOf('x')]]);
  });

  it('gets the images of the conversation where it takes them, the newest first, and as much time as its host says', async () => {
    const tools = searchHost();
    tools.hosted[0] = {
      kind: 'web_search',
      tool: serverTool('web_search', { timeoutMs: 180_000 }).tool,
      takesImages: true,
    };
    const image = (url: string) => ({ type: 'image' as const, url });
    const message = (...content: ReturnType<typeof image>[]) => ({
      ...{ type: 'message' as const, id: 'msg_1', role: 'user' as const, status: 'completed' as const },
      content,
    });
    const large = `data:image/png;base64,${'A'.repeat(6_000_000)}`;
    const response = testResponse({
      serverTools: [],
      hostedTools: [search],
      input: [
        message(image('https://a.example/2.png'), image(large)),
        message(image('data:image/png;base64,bmV3')),
      ],
    });
    const history = [message(image('https://a.example/1.png'))];
    await run({
      model: new ScriptedModel(asks({ name: 'web_search' }), says('Done')),
      tools,
      response,
      history,
    });
    expect(tools.calls).toMatchObject([
      {
        images: ['data:image/png;base64,bmV3', 'https://a.example/2.png', 'https://a.example/1.png'],
        timeoutMs: 180_000,
      },
    ]);
  });

  it('that the host does not offer fails the run, and so does a function of the same name', async () => {
    const response = testResponse({ serverTools: [], hostedTools: [search] });
    const unknown = await run({ model: new ScriptedModel(), response });
    expect(unknown.response.error?.message).toMatch(
      /^tools names web_search, which this server does not offer/,
    );
    const clientTools = [clientTool('web_search')];
    const twice = await run({
      model: new ScriptedModel(),
      tools: searchHost(),
      response: { ...response, clientTools },
    });
    expect(twice.response.error?.message).toMatch(/another tool with this name/);
  });

  it('is left out where the allowed tools do not name it', async () => {
    const model = new ScriptedModel(says('Hi'));
    const response = testResponse({
      hostedTools: [search],
      allowedTools: [{ executor: 'server', serverLabel: null, name: null }],
    });
    await run({ model, tools: searchHost(), response: { ...response, serverTools: [] } });
    expect(model.requests[0]?.tools).toEqual([]);
  });
});

describe('marks of sources', () => {
  const cited = async (...texts: string[]) => {
    const model = new ScriptedModel(asks({ name: 'web_search' }), says(...texts));
    const response = testResponse({ serverTools: [], hostedTools: [search] });
    const { response: ended, events } = await run({ model, tools: searchHost(), response });
    const message = ended.output.findLast((item) => item.type === 'message');
    const [part] = message?.content ?? [];
    return { text: answerOf(ended), citations: part?.type === 'text' ? part.citations : undefined, events };
  };

  it('become citations of the sentence before them', async () => {
    const { text, citations } = await cited('Hello. Berlin is big 【k3f9-1】. It is old.【k3f9-1, k3f9-2】');
    expect(text).toBe('Hello. Berlin is big. It is old.');
    expect(citations).toEqual([
      { url: 'https://a.example', title: 'A', startIndex: 7, endIndex: 20 },
      { url: 'https://a.example', title: 'A', startIndex: 22, endIndex: 32 },
      { type: 'file', fileId: 'file_1', url: '', title: 'b.txt', startIndex: 22, endIndex: 32 },
    ]);
  });

  it('are held back while they arrive in pieces; other brackets and unknown marks are not sources', async () => {
    const { text, citations, events } = await cited(
      'A ',
      '【',
      'k3f',
      '9-1',
      '】 and 【注】 and 【zzzz-9】 end 【k3',
    );
    expect(text).toBe('A and 【注】 and end 【k3');
    expect(citations).toHaveLength(1);
    const deltas = events.flatMap((event) => (event.type === 'text.delta' ? [event.delta] : []));
    expect(deltas.join('')).toBe(text);
    expect(deltas[0]).toBe('A');
    expect(types(events)).toContain('citation.added');
  });

  it('mean nothing where no call has sources', async () => {
    const { response } = await run({ model: new ScriptedModel(says('A 【k3f9-1】')) });
    expect(answerOf(response)).toBe('A 【k3f9-1】');
  });
});

describe('a custom tool with a check', () => {
  const digits: ClientTool = {
    ...clientTool('digits'),
    kind: 'custom',
    checkedBy: { type: 'object', properties: { input: { type: 'string', pattern: '^(?:[0-9]+)$' } } },
  };
  const response = testResponse({ serverTools: [], clientTools: [digits] });

  it('gets no input that breaks it: the model is called again', async () => {
    const model = new ScriptedModel(
      asks({ name: 'digits', arguments: { input: 'abc' }, callId: 'bad' }),
      asks({ name: 'digits', arguments: { input: '12' }, callId: 'good' }),
    );
    const { response: ended } = await run({ model, response });
    expect(ended.status).toBe('requires_action');
    expect(callsOf(ended)).toMatchObject([
      { callId: 'bad', state: 'done', executor: 'server', rejection: textWith('must match pattern') },
      { callId: 'good', state: 'pending_output', executor: 'client', kind: 'custom' },
    ]);
    expect(outputsOf(ended)).toEqual([textWith('Call digits again')]);
  });

  it('fails the run where the model never fits', async () => {
    const wrong = () => asks({ name: 'digits', arguments: { input: 'abc' } });
    const model = new ScriptedModel(wrong(), wrong(), wrong());
    const { response: ended } = await run({ model, response, limits: { depthMax: 2 } });
    expect(ended.error?.code).toBe('max_depth_exceeded');
  });

  it('is refused where the expression cannot be checked', async () => {
    const clientTools = [{ ...digits, checkedBy: { properties: { input: { pattern: '(?=a)b' } } } }];
    const { response: ended } = await run({
      model: new ScriptedModel(),
      response: { ...response, clientTools },
    });
    expect(ended.error).toMatchObject({ code: 'invalid_request', param: 'tools' });
    expect(ended.error?.message).toMatch(
      /digits cannot be checked: write a regular expression in the syntax of RE2/,
    );
  });

  it('is presented to the model with its grammar', async () => {
    const grammar = { syntax: 'regex' as const, definition: '[0-9]+' };
    const model = new ScriptedModel(
      { bursts: [[{ type: 'text', text: 'Hi' } satisfies ModelDelta]] },
      says('Hi'),
    );
    await run({ model, response: { ...response, clientTools: [{ ...digits, grammar }] } });
    expect(model.requests[0]?.tools).toMatchObject([{ name: 'digits', custom: { grammar } }]);
  });
});
