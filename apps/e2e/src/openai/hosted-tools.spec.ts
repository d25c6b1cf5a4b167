import { text } from '@antiphon/service-kit/testing';
import type OpenAI from 'openai';
import { describe, expect } from 'vitest';
import { textWith } from '../checks/matchers.ts';
import { scenarioOfProcesses } from '../scenario.ts';
import { model, openaiSystem } from './openai-system.ts';
import { type TurnScript, twoProtocols } from './two-protocols.ts';

const { system, provider, client } = await openaiSystem();

const upstreams = twoProtocols(system);

/** The mark of the first source of an output. */
const markIn = (output = '') => /【[a-z0-9]{4}-1】/.exec(output)?.[0] ?? 'no mark';

describe.each(upstreams)('over $api', ({ model, play, lastBody }) => {
  const searches: TurnScript = (outputs) => {
    const url = `${system.web.url}/pages/first`;
    switch (outputs.length) {
      case 0:
        return { name: 'web_search', arguments: { queries: ['rain', 'snow'] } };
      case 1:
        return { name: 'web_search_open_page', arguments: { url } };
      case 2:
        return { name: 'web_search_find_in_page', arguments: { url, pattern: 'A READER' } };
      default:
        return `Hello. It rains ${markIn(outputs[0])}. The page is plain.${markIn(outputs[1])}`;
    }
  };
  const tools: OpenAI.Responses.Tool[] = [{ type: 'web_search', filters: null }];

  scenarioOfProcesses('openai-web-search', 'the model searches, opens pages and cites them', async () => {
    play(searches);
    const include: OpenAI.Responses.ResponseIncludable[] = ['web_search_call.action.sources'];
    const response = await client.responses.create({ model, input: 'Weather?', tools, include });
    const url = `${system.web.url}/pages/first`;
    const second = `${system.web.url}/pages/second`;
    expect(response.output.slice(0, 3)).toMatchObject([
      {
        type: 'web_search_call',
        status: 'completed',
        action: { type: 'search', queries: ['rain', 'snow'], sources: [{ url }, { url: second }] },
      },
      { type: 'web_search_call', action: { type: 'open_page', url } },
      { type: 'web_search_call', action: { type: 'find_in_page', url, pattern: 'A READER' } },
    ]);
    expect(response.output_text).toBe('Hello. It rains. The page is plain.');
    const message = response.output.at(-1);
    expect(message).toMatchObject({
      content: [
        {
          annotations: [
            { type: 'url_citation', url, title: 'First result about rain', start_index: 7, end_index: 15 },
            { type: 'url_citation', url, title: 'The page first', start_index: 17, end_index: 35 },
          ],
        },
      ],
    });
    expect(response.tools).toEqual(tools);
    expect(lastBody()).toContain('what a reader of first wants');
    // A reader may ask for the results, which the create did not include.
    const read = await client.responses.retrieve(response.id, { include: ['web_search_call.results'] });
    expect(read.output[0]).toMatchObject({ results: [{ url }, { url: second }] });
    expect(response.output[0]).not.toHaveProperty('results');

    // A later turn reads the results again, whichever side keeps the context.
    play(() => 'Yes.');
    await client.responses.create({ model, input: 'Sure?', previous_response_id: response.id });
    expect(lastBody()).toContain('Partly cloudy');
    const input = [
      { role: 'user' as const, content: 'Weather?' },
      ...response.output,
      { role: 'user' as const, content: 'Sure?' },
    ];
    const stateless = await client.responses.create({
      model,
      input: input as OpenAI.Responses.ResponseInput,
      tools,
      store: false,
    });
    expect(stateless.output_text).toBe('Yes.');
    expect(lastBody()).toContain(second);
  });

  scenarioOfProcesses(
    'openai-web-search',
    'its stream has the phases of each search and the citations',
    async () => {
      play(searches);
      const types: string[] = [];
      const stream = client.responses.stream({ model, input: 'Weather?', tools });
      for await (const { type } of stream) types.push(type);
      const count = (type: string) => types.filter((one) => one === type).length;
      expect(
        ['in_progress', 'searching', 'completed'].map((phase) => count(`response.web_search_call.${phase}`)),
      ).toEqual([3, 3, 3]);
      expect(count('response.output_text.annotation.added')).toBe(2);
      const final = await stream.finalResponse();
      expect(final.output_text).toBe('Hello. It rains. The page is plain.');
      expect(final.output).toMatchObject((await client.responses.retrieve(final.id)).output);
    },
  );

  const digits: OpenAI.Responses.CustomTool = {
    type: 'custom',
    name: 'digits',
    format: { type: 'grammar', syntax: 'regex', definition: '[0-9]+' },
  };
  const plain: OpenAI.Responses.CustomTool = { type: 'custom', name: 'note', description: 'Notes.' };

  scenarioOfProcesses(
    'openai-custom-tools',
    'a call has text as its input, and goes on with its output',
    async () => {
      const script: TurnScript = (outputs) =>
        outputs.length === 0 ? { name: 'note', arguments: { input: 'a "b"\nc' } } : `Noted: ${outputs[0]}`;
      play(script);
      const first = await client.responses.create({ model, input: 'Note.', tools: [plain] });
      const [call] = first.output;
      if (call?.type !== 'custom_tool_call') throw new Error(`the model called ${call?.type}`);
      expect(call).toMatchObject({ name: 'note', input: 'a "b"\nc' });
      const output = { type: 'custom_tool_call_output' as const, call_id: call.call_id, output: 'done' };
      const fields = { model, tools: [plain] };
      const next = await client.responses.create({
        ...fields,
        previous_response_id: first.id,
        input: [output],
      });
      expect(next.output_text).toBe('Noted: done');
      const { data } = await client.responses.inputItems.list(next.id, { order: 'asc' });
      expect(data.map(({ type }) => type)).toEqual([
        'message',
        'custom_tool_call',
        'custom_tool_call_output',
      ]);

      const stateless = await client.responses.create({
        ...fields,
        store: false,
        input: [{ role: 'user', content: 'Note.' }, call, output],
      });
      expect(stateless.output_text).toBe('Noted: done');

      const deltas: string[] = [];
      const stream = client.responses.stream({ ...fields, input: 'Note.' });
      for await (const event of stream)
        if (event.type === 'response.custom_tool_call_input.delta') deltas.push(event.delta);
      expect(deltas.join('')).toBe('a "b"\nc');
      expect((await stream.finalResponse()).output).toMatchObject([
        { type: 'custom_tool_call', input: 'a "b"\nc' },
      ]);
    },
  );

  scenarioOfProcesses(
    'openai-custom-tools',
    'an input that breaks the regular expression is not shown',
    async () => {
      play((outputs) => ({ name: 'digits', arguments: { input: outputs.length === 0 ? 'ab' : '42' } }));
      const fields = { model, input: 'Digits.', tools: [digits] };
      const { output } = await client.responses.create(fields);
      expect(output).toMatchObject([{ type: 'custom_tool_call', name: 'digits', input: '42' }]);
      expect(lastBody()).toContain('must match pattern');
      const types: string[] = [];
      const stream = client.responses.stream(fields);
      for await (const { type } of stream) types.push(type);
      expect(types.filter((type) => type === 'response.output_item.added')).toHaveLength(1);

      const unusable = {
        ...digits,
        format: { type: 'grammar' as const, syntax: 'regex' as const, definition: '(?=a)' },
      };
      await expect(client.responses.create({ ...fields, tools: [unusable] })).rejects.toMatchObject({
        status: 400,
        param: 'tools',
        message: textWith('cannot be checked'),
      });
    },
  );
});

scenarioOfProcesses('openai-unsupported-tools', 'unsupported tools are left out with a warning', async () => {
  await system.restart('responses', { UNSUPPORTED_TOOLS: 'skip' });
  try {
    provider.script = () => [text('Hi')];
    const tools = [{ type: 'time_travel' }, { type: 'web_search' }] as unknown as OpenAI.Responses.Tool[];
    const response = await client.responses.create({ model, input: 'x', tools });
    expect(response).toMatchObject({
      output_text: 'Hi',
      tools: [{ type: 'web_search' }],
      warnings: [textWith('tools[0] was left out: its type "time_travel" is not supported by this server')],
    });
  } finally {
    await system.restart('responses');
  }
});
