import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { text, toolCall } from '@antiphon/service-kit/testing';
import type OpenAI from 'openai';
import { toFile } from 'openai';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { textWith } from '../checks/matchers.ts';
import { scenarioOfProcesses } from '../scenario.ts';
import { surroundings } from '../system/surroundings.ts';
import { model as scriptedModel, openaiSystem } from './openai-system.ts';
import { type TurnScript, twoProtocols } from './two-protocols.ts';

const { system, client, otherClient } = await openaiSystem();
const program = resolve(import.meta.dirname, '../../../../deploy/shell-runner/runner.mjs');
const auto = { type: 'shell', environment: { type: 'container_auto' } } as const;

const runs =
  (commands: string[], answer: (outputs: string[]) => string = () => 'Done.'): TurnScript =>
  (outputs) =>
    outputs.length === 0 ? { name: 'shell', arguments: { commands } } : answer(outputs);
const markIn = (output = '') => /【[a-z0-9]{4}-1】/.exec(output)?.[0] ?? 'no mark';

/** The call of a response and its output, which follows it. */
function callIn({ output }: OpenAI.Responses.Response) {
  const at = output.findIndex(({ type }) => type === 'shell_call');
  const [call, result] = output.slice(at, at + 2);
  if (call?.type !== 'shell_call' || result?.type !== 'shell_call_output')
    throw new Error('there is no call of a shell with its output');
  if (call.environment?.type !== 'container_reference') throw new Error('it has no container');
  expect(result.call_id).toBe(call.call_id);
  return { call, result, containerId: call.environment.container_id };
}

scenarioOfProcesses('openai-shell', 'without a runner it is refused with what to do', async () => {
  await expect(
    client.responses.create({ model: scriptedModel, input: 'x', tools: [auto] }),
  ).rejects.toMatchObject({ status: 400, param: 'tools', message: textWith('SHELL_RUNNER_URL') });
});

describe('with a runner', () => {
  let runner: ChildProcess;
  beforeAll(async () => {
    const folder = join(surroundings().folder, 'shell-runner');
    mkdirSync(folder, { recursive: true });
    runner = spawn(process.execPath, [program], {
      env: { PATH: process.env['PATH'], PORT: '0', DATA_FOLDER: join(folder, 'data'), TMPDIR: folder },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    if (!runner.stdout) throw new Error('the runner has no output');
    const [line] = (await once(createInterface(runner.stdout), 'line')) as [string];
    await system.restart('mcp', { SHELL_RUNNER_URL: line.slice(line.indexOf('http')) });
  });
  afterAll(async () => {
    runner.kill();
    await system.restart('mcp');
  });

  describe.each(twoProtocols(system))('over $api', ({ model, play, lastBody }) => {
    scenarioOfProcesses(
      'openai-shell',
      'commands read and write files, which the answer cites and the caller downloads',
      async () => {
        const content = await toFile(Buffer.from('1\n2\n3\n'), 'numbers.txt');
        const file = await client.files.create({ file: content, purpose: 'user_data' });
        const environment = { type: 'container_auto' as const, file_ids: [file.id] };
        const tools = [{ type: 'shell' as const, environment }];
        const commands = ['wc -l < numbers.txt | tee count.txt', 'echo failed >&2; exit 4'];
        play(runs(commands, ([output]) => `The file is count.txt${markIn(output)}.`));
        const types: string[] = [];
        const stream = client.responses.stream({ model, input: 'Count.', tools });
        for await (const event of stream) types.push(event.type.replace('response.', ''));
        const response = await stream.finalResponse();
        const { call, result, containerId } = callIn(response);
        expect(call).toMatchObject({ status: 'completed', action: { commands } });
        expect(result).toMatchObject({
          status: 'completed',
          output: [
            { stdout: '3\n', stderr: '', outcome: { type: 'exit', exit_code: 0 } },
            { stdout: '', stderr: 'failed\n', outcome: { type: 'exit', exit_code: 4 } },
          ],
        });
        expect(types.filter((type) => type.startsWith('shell_call_output_content'))).toEqual([
          'shell_call_output_content.delta',
          'shell_call_output_content.done',
          'shell_call_output_content.delta',
          'shell_call_output_content.done',
        ]);
        expect(lastBody()).toContain('numbers.txt');
        expect(response.output_text).toBe('The file is count.txt.');
        const message = response.output.at(-1);
        const [part] = message?.type === 'message' ? message.content : [];
        const [citation] = part?.type === 'output_text' ? part.annotations : [];
        if (citation?.type !== 'container_file_citation') throw new Error('there is no citation');
        expect(citation).toMatchObject({ container_id: containerId, filename: 'count.txt' });
        const where = { container_id: containerId };
        const written = await client.containers.files.content.retrieve(citation.file_id, where);
        expect(await written.text()).toBe('3\n');
        expect(response.tools).toEqual(tools);

        const read = await client.responses.retrieve(response.id);
        expect(response.output).toMatchObject(read.output);
        const items = await client.responses.inputItems.list(
          (await client.responses.create({ model, input: 'And?', previous_response_id: response.id })).id,
          { order: 'asc' },
        );
        expect(items.data.map(({ type }) => type)).toEqual(
          expect.arrayContaining(['shell_call', 'shell_call_output']),
        );
      },
    );

    scenarioOfProcesses(
      'openai-shell',
      'a chain goes on in its container, whichever side keeps the context',
      async () => {
        play(runs(['echo kept > kept']));
        const first = await client.responses.create({ model, input: 'Begin.', tools: [auto] });
        const { containerId: id } = callIn(first);
        play(runs(['cat kept']));
        const fields = { model, input: 'Go on.', tools: [auto] };
        const next = callIn(await client.responses.create({ ...fields, previous_response_id: first.id }));
        expect(next).toMatchObject({ containerId: id, result: { output: [{ stdout: 'kept\n' }] } });
        const input = [
          { role: 'user' as const, content: 'Begin.' },
          ...first.output,
          { role: 'user' as const, content: 'Go on.' },
        ] as OpenAI.Responses.ResponseInput;
        const stateless = callIn(await client.responses.create({ ...fields, input, store: false }));
        expect(stateless).toMatchObject({ containerId: id, result: { output: [{ stdout: 'kept\n' }] } });
        const references = first.output.map(({ id }) => ({ type: 'item_reference' as const, id: id ?? '' }));
        const byReference = {
          ...fields,
          input: [...references, { role: 'user' as const, content: 'Go on.' }],
        };
        expect(callIn(await client.responses.create(byReference)).containerId).toBe(id);
        const fresh = callIn(await client.responses.create({ ...fields, input: 'Another.' }));
        expect(fresh.containerId).not.toBe(id);
        expect(fresh.result.output).toMatchObject([{ outcome: { type: 'exit', exit_code: 1 } }]);
      },
    );
  });

  scenarioOfProcesses(
    'openai-shell',
    'a conversation has the call and its output, in pages and alone',
    async () => {
      const conversation = await client.conversations.create();
      system.provider.script = ({ toolOutputs }) =>
        toolOutputs.length === 0
          ? [toolCall('shell', { commands: ['echo said'] }, { id: 'call_0' })]
          : [text('Done.')];
      const { output } = await client.responses.create({
        model: scriptedModel,
        input: 'Say it.',
        tools: [auto],
        conversation: conversation.id,
      });
      const ids: (string | undefined)[] = [];
      const order = 'asc' as const;
      for await (const item of client.conversations.items.list(conversation.id, { limit: 1, order }))
        ids.push(item.id);
      expect(ids.slice(1)).toEqual(output.map(({ id }) => id));
      const where = { conversation_id: conversation.id };
      for (const item of output)
        expect(await client.conversations.items.retrieve(item.id ?? '', where)).toMatchObject({
          type: item.type,
          id: item.id,
        });
    },
  );

  scenarioOfProcesses('openai-shell', 'a container of another caller is refused', async () => {
    const { id } = await client.containers.create({ name: 'mine' });
    const environment = { type: 'container_reference', container_id: id } as const;
    await expect(
      otherClient.responses.create({
        model: scriptedModel,
        input: 'x',
        tools: [{ type: 'shell', environment }],
      }),
    ).rejects.toMatchObject({ status: 404 });
  });
});
