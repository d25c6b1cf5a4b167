import OpenAI, { toFile } from 'openai';
import { describe, expect } from 'vitest';
import { textWith } from '../checks/matchers.ts';
import { scenarioOfProcesses } from '../scenario.ts';
import { openaiSystem } from './openai-system.ts';
import { type TurnScript, twoProtocols } from './two-protocols.ts';

const { system, client, otherClient } = await openaiSystem();

type Input = OpenAI.Responses.ResponseInput;

const ordersOf = (name: string) => ({
  type: 'function' as const,
  name,
  description: name === 'list_orders' ? 'Lists the open orders of a customer.' : 'Returns a customer.',
  parameters: { type: 'object', properties: { id: { type: 'string' } } },
  strict: null,
  defer_loading: true,
});
const crm: OpenAI.Responses.NamespaceTool = {
  type: 'namespace',
  name: 'crm',
  description: 'Customers and their orders.',
  tools: [ordersOf('get_customer'), ordersOf('list_orders')],
};
const tools: OpenAI.Responses.Tool[] = [crm, { type: 'tool_search' }];

describe.each(twoProtocols(system))('over $api', ({ model, play, lastBody }) => {
  const orders = { name: 'crm__list_orders', arguments: { id: '7' } };
  const finds: TurnScript = (outputs) => {
    if (outputs.length === 0) return { name: 'tool_search', arguments: { query: 'open orders', limit: 1 } };
    return outputs.length === 1 ? orders : `Orders: ${outputs[1]}`;
  };

  scenarioOfProcesses(
    'openai-tool-search',
    'the model finds a tool of a namespace and calls it, with the context on either side',
    async () => {
      play(finds);
      const first = await client.responses.create({ model, input: 'Orders?', tools });
      expect(first.tools).toEqual(tools);
      const [search, found, call] = first.output;
      expect(search).toMatchObject({
        type: 'tool_search_call',
        execution: 'server',
        arguments: { query: 'open orders' },
      });
      expect(found).toMatchObject({
        type: 'tool_search_output',
        execution: 'server',
        tools: [{ ...crm, tools: [crm.tools[1]] }],
      });
      if (call?.type !== 'function_call') throw new Error(`the model called ${call?.type}`);
      expect(call).toMatchObject({ name: 'list_orders', namespace: 'crm' });
      expect(JSON.parse(call.arguments)).toEqual({ id: '7' });
      expect(lastBody()).toContain('crm__list_orders');
      expect(lastBody()).not.toContain('crm__get_customer');

      const output = { type: 'function_call_output' as const, call_id: call.call_id, output: 'none' };
      const next = await client.responses.create({
        model,
        input: [output],
        tools,
        previous_response_id: first.id,
      });
      expect(next.output_text).toBe('Orders: none');
      const items = await client.responses.inputItems.list(next.id, { order: 'asc' });
      expect(items.data.map(({ type }) => type)).toEqual([
        'message',
        'tool_search_call',
        'tool_search_output',
        'function_call',
        'function_call_output',
      ]);
      const input = [{ role: 'user', content: 'Orders?' }, ...first.output, output] as Input;
      const stateless = await client.responses.create({ model, input, tools, store: false });
      expect(stateless.output_text).toBe('Orders: none');
      expect(lastBody()).toContain('Lists the open orders');

      const stream = client.responses.stream({ model, input: 'Orders?', tools });
      const done: string[] = [];
      for await (const event of stream)
        if (event.type === 'response.output_item.done') done.push(event.item.type);
      expect(done).toEqual(['tool_search_call', 'tool_search_output', 'function_call']);
      const final = await stream.finalResponse();
      expect(final.output).toMatchObject((await client.responses.retrieve(final.id)).output);
    },
  );

  scenarioOfProcesses(
    'openai-tool-search',
    'the caller searches itself, and adds tools within the input',
    async () => {
      play((outputs) =>
        outputs.length === 0
          ? { name: 'tool_search', arguments: { query: 'pay' } }
          : { name: 'pay', arguments: {} },
      );
      const own: OpenAI.Responses.Tool[] = [
        { type: 'tool_search', execution: 'client', description: 'Finds.' },
      ];
      const first = await client.responses.create({ model, input: 'Pay.', tools: own });
      const [search] = first.output;
      if (search?.type !== 'tool_search_call') throw new Error(`the model called ${search?.type}`);
      expect(search).toMatchObject({ execution: 'client', arguments: { query: 'pay' } });
      const pay = { ...ordersOf('pay'), defer_loading: false };
      const output = {
        type: 'tool_search_output' as const,
        call_id: search.call_id,
        execution: 'client' as const,
        tools: [pay],
      };
      const next = await client.responses.create({
        model,
        input: [output],
        tools: own,
        previous_response_id: first.id,
      });
      expect(next.output).toMatchObject([{ type: 'function_call', name: 'pay' }]);

      play(() => ({ name: 'pay', arguments: {} }));
      const added = { type: 'additional_tools' as const, role: 'developer' as const, tools: [pay] };
      const input: Input = [added, { role: 'user', content: 'Pay.' }];
      const second = await client.responses.create({ model, input });
      expect(second.output).toMatchObject([{ type: 'function_call', name: 'pay' }]);
    },
  );

  scenarioOfProcesses(
    'openai-file-ids',
    'uploaded images and files are named by their ids, and read when the response is made',
    async () => {
      play(() => 'Seen.');
      const png = Buffer.from(
        'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==',
        'base64',
      );
      const pdf = Buffer.from('%PDF-1.4\n% a page');
      const upload = async (bytes: Buffer, name: string) =>
        (await client.files.create({ file: await toFile(bytes, name), purpose: 'user_data' })).id;
      const [image, file] = [await upload(png, 'dot.png'), await upload(pdf, 'page.pdf')];
      const content = [
        { type: 'input_text' as const, text: 'See.' },
        { type: 'input_image' as const, file_id: image, detail: 'auto' as const },
        { type: 'input_file' as const, file_id: file },
      ];
      const input: Input = [{ role: 'user', content }];
      const response = await client.responses.create({ model, input });
      expect(response.output_text).toBe('Seen.');
      expect(lastBody()).toContain(png.toString('base64'));
      expect(lastBody()).toContain(pdf.toString('base64'));
      const { data } = await client.responses.inputItems.list(response.id);
      expect(data).toMatchObject([
        { content: [{}, { type: 'input_image', file_id: image }, { file_id: file, filename: 'page.pdf' }] },
      ]);

      const unknown = { constructor: OpenAI.NotFoundError, message: textWith('There is no file') };
      await expect(otherClient.responses.create({ model, input })).rejects.toMatchObject(unknown);
      await client.files.delete(file);
      await expect(client.responses.create({ model, input })).rejects.toMatchObject(unknown);
      // The response has the bytes that it was made with.
      await client.responses.create({ model, input: 'Again?', previous_response_id: response.id });
      expect(lastBody()).toContain(pdf.toString('base64'));

      const large = await upload(Buffer.alloc(5 * 1024 * 1024 + 1, 'a'), 'large.txt');
      const tooLarge: Input = [{ role: 'user', content: [{ type: 'input_file', file_id: large }] }];
      await expect(client.responses.create({ model, input: tooLarge })).rejects.toMatchObject({
        status: 400,
        param: 'input',
        message: textWith('at most 5242880 are allowed'),
      });
    },
  );
});
