import type OpenAI from 'openai';
import { describe, expect } from 'vitest';
import { scenarioOfProcesses } from '../scenario.ts';
import { openaiSystem } from './openai-system.ts';
import { twoProtocols } from './two-protocols.ts';

type Output = OpenAI.Responses.ResponseInputItem;

/** A tool that the caller runs: what the model calls it with, the item that the caller reads, and what the caller sends back. */
interface ClientToolCase {
  tool: OpenAI.Responses.Tool;
  args: Record<string, unknown>;
  call: object;
  output: (call: { id: string; call_id: string }) => Output;
  /** A part of what the model reads of the output. */
  read: string;
  /** The types of the events between the item's first and its last. */
  between: string[];
}

const { system, client } = await openaiSystem();
const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const operation = { type: 'update_file', path: 'a.txt', diff: '@@\n-a\n+b\n' };
const click = { type: 'click', button: 'left', x: 4, y: 5 };
const screen: OpenAI.Responses.ResponseComputerToolCallOutputScreenshot = {
  type: 'computer_screenshot',
  image_url: `data:image/png;base64,${png}`,
};

const cases: Record<string, ClientToolCase> = {
  local_shell: {
    tool: { type: 'local_shell' },
    args: { command: ['ls', '-l'], working_directory: '/tmp' },
    call: {
      type: 'local_shell_call',
      action: { type: 'exec', command: ['ls', '-l'], working_directory: '/tmp', env: {} },
    },
    output: ({ id, call_id }) =>
      // The API reads `call_id`, which the client's type lacks.
      ({ type: 'local_shell_call_output', id, call_id, output: 'total 0' }) as Output,
    read: 'total 0',
    between: [],
  },
  shell: {
    tool: { type: 'shell', environment: { type: 'local' } },
    args: { commands: ['ls', 'pwd'], timeout_ms: 1000 },
    call: { type: 'shell_call', action: { commands: ['ls', 'pwd'], timeout_ms: 1000 } },
    output: ({ call_id }) => ({
      type: 'shell_call_output',
      call_id,
      output: [
        { stdout: 'a.txt', stderr: '', outcome: { type: 'exit', exit_code: 0 } },
        { stdout: '', stderr: 'slow', outcome: { type: 'timeout' } },
      ],
    }),
    read: 'a.txt',
    between: Array<string[]>(2)
      .fill(['added', 'delta', 'done'])
      .flat()
      .map((phase) => `response.shell_call_command.${phase}`),
  },
  apply_patch: {
    tool: { type: 'apply_patch' },
    args: { operation },
    call: { type: 'apply_patch_call', operation },
    output: ({ call_id }) => ({
      type: 'apply_patch_call_output',
      call_id,
      status: 'failed',
      output: 'there is no such file',
    }),
    read: 'there is no such file',
    between: [],
  },
  computer: {
    tool: { type: 'computer' },
    args: { actions: [click, { type: 'screenshot' }] },
    call: { type: 'computer_call', actions: [click, { type: 'screenshot' }], pending_safety_checks: [] },
    output: ({ call_id }) => ({ type: 'computer_call_output', call_id, output: screen }),
    read: png,
    between: [],
  },
  computer_use_preview: {
    tool: {
      type: 'computer_use_preview',
      display_width: 1024,
      display_height: 768,
      environment: 'browser',
    },
    args: { action: click },
    call: { type: 'computer_call', action: click, pending_safety_checks: [] },
    output: ({ call_id }) => ({
      type: 'computer_call_output',
      call_id,
      output: screen,
      acknowledged_safety_checks: [{ id: 'check_1' }],
    }),
    read: png,
    between: [],
  },
};

describe.each(twoProtocols(system))('over $api', ({ model, play, lastBody }) => {
  describe.each(Object.entries(cases))('%s', (type, { tool, args, call, output, read, between }) => {
    const name = type === 'computer_use_preview' ? 'computer' : type;
    const begin = () => play((outputs) => (outputs.length === 0 ? { name, arguments: args } : 'It is done.'));
    const fields = { model, tools: [tool] };
    const calledIn = ({ output: [item] }: OpenAI.Responses.Response) => {
      expect(item).toMatchObject({ ...call, status: 'completed' });
      return item as { id: string; call_id: string } & Output; // an item of the case's type
    };

    scenarioOfProcesses('openai-client-tools', 'a call is answered by previous_response_id', async () => {
      begin();
      const first = await client.responses.create({ ...fields, input: 'Do it.' });
      expect(first.tools).toEqual([tool]);
      const result = output(calledIn(first));
      const input = [result];
      const next = await client.responses.create({ ...fields, previous_response_id: first.id, input });
      expect(next.output_text).toBe('It is done.');
      expect(lastBody()).toContain(read);
      const { data } = await client.responses.inputItems.list(next.id, {
        order: 'asc',
        include: ['computer_call_output.output.image_url'],
      });
      expect(data.map((item) => item.type)).toEqual([
        'message',
        (call as { type: string }).type,
        result.type,
      ]);
      expect(data[2]).toMatchObject('output' in result ? { output: result.output } : {});
    });

    scenarioOfProcesses('openai-client-tools', 'a streamed call is sent back without a store', async () => {
      begin();
      const types: string[] = [];
      const question = { role: 'user' as const, content: 'Do it.' };
      const unstored = { ...fields, store: false };
      const stream = client.responses.stream({ ...unstored, input: [question] });
      for await (const event of stream) types.push(event.type);
      const called = calledIn(await stream.finalResponse());
      expect(types.slice(2)).toEqual([
        'response.output_item.added',
        ...between,
        'response.output_item.done',
        'response.completed',
      ]);
      const input = [question, called, output(called)];
      const next = client.responses.stream({ ...unstored, input });
      expect((await next.finalResponse()).output_text).toBe('It is done.');
      expect(lastBody()).toContain(read);
    });
  });
});
