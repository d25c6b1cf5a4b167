import type OpenAI from 'openai';
import { toFile } from 'openai';
import { describe, expect } from 'vitest';
import { textWith } from '../checks/matchers.ts';
import { scenarioOfProcesses } from '../scenario.ts';
import { query } from '../system/database.ts';
import { model as scriptedModel, openaiSystem } from './openai-system.ts';
import { type TurnScript, twoProtocols } from './two-protocols.ts';

const { system, client, otherClient } = await openaiSystem();

type CodeCall = OpenAI.Responses.ResponseCodeInterpreterToolCall;

const runs =
  (code: string, answer: (outputs: string[]) => string = () => 'Done.'): TurnScript =>
  (outputs) =>
    outputs.length === 0 ? { name: 'code_interpreter', arguments: { code } } : answer(outputs);
const markIn = (output = '') => /【[a-z0-9]{4}-1】/.exec(output)?.[0] ?? 'no mark';
const include: OpenAI.Responses.ResponseIncludable[] = ['code_interpreter_call.outputs'];
const auto = { type: 'code_interpreter', container: { type: 'auto' } } as const;
const callIn = ({ output }: OpenAI.Responses.Response): CodeCall => {
  const call = output.find(({ type }) => type === 'code_interpreter_call');
  if (call?.type !== 'code_interpreter_call') throw new Error('there is no call of code');
  return call;
};
const upload = async (content: string, name: string) =>
  client.files.create({ file: await toFile(Buffer.from(content), name), purpose: 'user_data' });

describe.each(twoProtocols(system))('over $api', ({ model, play, lastBody }) => {
  scenarioOfProcesses(
    'openai-code-interpreter',
    'code reads files, and writes files that the answer cites and the caller downloads',
    async () => {
      const file = await upload('1\n2\n3\n', 'numbers.txt');
      const container = { type: 'auto' as const, file_ids: [file.id] };
      const tools = [{ type: 'code_interpreter' as const, container }];
      const code = [
        'numbers = [int(line) for line in open("numbers.txt")]',
        'open("total.txt", "w").write(str(sum(numbers)))',
        'print("added")',
        'sum(numbers)',
      ].join('\n');
      play(runs(code, ([output]) => `It is 6. The file is total.txt${markIn(output)}.`));
      const types: string[] = [];
      let streamed = '';
      const stream = client.responses.stream({ model, input: 'Add.', tools, include });
      for await (const event of stream) {
        types.push(event.type.replace('response.', ''));
        if (event.type === 'response.code_interpreter_call_code.delta') streamed += event.delta;
      }
      const response = await stream.finalResponse();
      const call = callIn(response);
      expect(call).toMatchObject({
        status: 'completed',
        code,
        container_id: textWith('cntr_'),
        outputs: [{ type: 'logs', logs: 'added\n6' }],
      });
      expect(streamed).toBe(code);
      const phases = types.filter((type) => type.startsWith('code_interpreter') && !type.endsWith('delta'));
      expect(phases).toEqual([
        'code_interpreter_call.in_progress',
        'code_interpreter_call_code.done',
        'code_interpreter_call.interpreting',
        'code_interpreter_call.completed',
      ]);
      expect(lastBody()).toContain('numbers.txt');
      expect(response.output_text).toBe('It is 6. The file is total.txt.');
      const cited = response.output.flatMap((item) =>
        item.type === 'message' && item.content[0]?.type === 'output_text' ? item.content[0].annotations : [],
      );
      expect(cited).toMatchObject([
        {
          type: 'container_file_citation',
          container_id: call.container_id,
          filename: 'total.txt',
          start_index: 9,
          end_index: 30,
        },
      ]);
      const [citation] = cited;
      if (citation?.type !== 'container_file_citation') throw new Error('there is no citation');
      const where = { container_id: call.container_id };
      const content = await client.containers.files.content.retrieve(citation.file_id, where);
      expect(await content.text()).toBe('6');
      expect(response.tools).toEqual(tools);

      const read = await client.responses.retrieve(response.id);
      expect(response.output).toMatchObject(read.output);
    },
  );

  scenarioOfProcesses(
    'openai-code-interpreter',
    'a chain goes on in its container, whichever side keeps the context',
    async () => {
      play(runs('x = 41\nopen("kept", "w").write("kept")'));
      const first = await client.responses.create({ model, input: 'Begin.', tools: [auto] });
      const { container_id: id, outputs } = callIn(first);
      expect(outputs).toBeNull();
      play(runs('x + 1, open("kept").read()'));
      const previous_response_id = first.id;
      const fields = { model, input: 'Go on.', tools: [auto], include };
      const next = callIn(await client.responses.create({ ...fields, previous_response_id }));
      expect(next).toMatchObject({ container_id: id, outputs: [{ logs: "(42, 'kept')" }] });
      const input = [
        { role: 'user' as const, content: 'Begin.' },
        ...first.output,
        { role: 'user' as const, content: 'Go on.' },
      ] as OpenAI.Responses.ResponseInput;
      const stateless = await client.responses.create({ ...fields, input, store: false });
      expect(callIn(stateless).container_id).toBe(id);
      play(runs('x'));
      const fresh = callIn(await client.responses.create({ ...fields, input: 'Another.' }));
      expect(fresh.container_id).not.toBe(id);
      expect(fresh).toMatchObject({ status: 'completed', outputs: [{ logs: textWith('NameError') }] });
    },
  );
});

scenarioOfProcesses(
  'openai-code-interpreter',
  'a container of another caller, an expired one and files that are not there are refused',
  async () => {
    const { id } = await client.containers.create({ name: 'mine' });
    const ask = (container: unknown, by = client) =>
      by.responses.create({
        model: scriptedModel,
        input: 'x',
        tools: [{ type: 'code_interpreter', container }],
      } as OpenAI.Responses.ResponseCreateParamsNonStreaming);
    await expect(ask(id, otherClient)).rejects.toMatchObject({ status: 404 });
    await expect(ask({ type: 'auto', file_ids: ['file_1'] })).rejects.toMatchObject({ status: 404 });
    expect(await ask({ type: 'auto', memory_limit: '1g' })).toMatchObject({
      status: 'completed',
      warnings: [textWith('in place of its memory_limit 1g')],
    });
    await expect(ask(undefined)).rejects.toMatchObject({ status: 400, param: 'tools[0].container' });
    await query('update mcp.containers set expires_at = now() where id = $1', [id]);
    await expect(ask(id)).rejects.toMatchObject({ status: 400, message: textWith('has expired') });
  },
);
