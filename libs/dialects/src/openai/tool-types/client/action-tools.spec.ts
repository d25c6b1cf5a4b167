import type { ClientToolKind, ResponseEvent } from '@antiphon/contracts';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { decode, inputOf, refusalOf } from '../../../testing/openai-requests.ts';
import { ScriptedRun } from '../../../testing/scripted-run.ts';
import { encodeItems } from '../../items/encode-items.ts';
import { StreamEvent } from '../../replies/stream-event.ts';
import { openMessages } from '../../stream.ts';

const png =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const click = { type: 'click', button: 'left', x: 4, y: 5 };
const shot = { type: 'computer_screenshot', image_url: png };

interface Case {
  kind: ClientToolKind;
  tool: object;
  /** Arguments as a model writes them. */
  args: object;
  item: object;
  output: object;
  /** Arguments that are refused. */
  wrong: object;
}

const cases: Record<string, Case> = {
  local_shell: {
    kind: 'local_shell',
    tool: { type: 'local_shell' },
    args: { command: ['ls', '-l'], timeout_ms: 1000 },
    item: {
      type: 'local_shell_call',
      action: { type: 'exec', command: ['ls', '-l'], timeout_ms: 1000, env: {} },
    },
    output: { type: 'local_shell_call_output', id: 'c1', output: 'total 0' },
    wrong: { command: [] },
  },
  shell: {
    kind: 'shell',
    tool: { type: 'shell', environment: { type: 'local' } },
    args: { commands: ['ls', 'pwd'], max_output_length: 100 },
    item: {
      type: 'shell_call',
      action: { commands: ['ls', 'pwd'], timeout_ms: null, max_output_length: 100 },
      environment: { type: 'local' },
    },
    output: {
      type: 'shell_call_output',
      call_id: 'c1',
      max_output_length: 100,
      output: [
        { stdout: 'a', stderr: '', outcome: { type: 'exit', exit_code: 0 } },
        { stdout: '', stderr: '', outcome: { type: 'timeout' } },
      ],
    },
    wrong: { commands: 'ls' },
  },
  apply_patch: {
    kind: 'apply_patch',
    tool: { type: 'apply_patch' },
    args: { operation: { type: 'update_file', path: 'a.txt', diff: '@@\n-a\n+b' } },
    item: {
      type: 'apply_patch_call',
      operation: { type: 'update_file', path: 'a.txt', diff: '@@\n-a\n+b' },
    },
    output: { type: 'apply_patch_call_output', call_id: 'c1', status: 'failed', output: 'no such file' },
    wrong: { operation: { type: 'update_file', path: 'a.txt' } },
  },
  computer: {
    kind: 'computer',
    tool: { type: 'computer' },
    args: { actions: [click, { type: 'wait' }] },
    item: { type: 'computer_call', actions: [click, { type: 'wait' }], pending_safety_checks: [] },
    output: { type: 'computer_call_output', call_id: 'c1', output: shot },
    wrong: { action: click },
  },
  computer_use_preview: {
    kind: 'computer',
    tool: {
      type: 'computer_use_preview',
      display_width: 1024,
      display_height: 768,
      environment: 'browser',
    },
    args: { action: click },
    item: { type: 'computer_call', action: click, pending_safety_checks: [] },
    output: { type: 'computer_call_output', call_id: 'c1', output: shot },
    wrong: { action: { type: 'click', x: 4 } },
  },
};

function streamed(events: readonly ResponseEvent[]) {
  const encode = openMessages();
  return events
    .flatMap((event) => encode(event))
    .map((text) => StreamEvent.parse(JSON.parse(text)) as unknown as { type: string; item?: object });
}

describe.each(Object.entries(cases))('%s', (type, { kind, tool, args, item, output, wrong }) => {
  const run = () =>
    new ScriptedRun()
      .asksCaller({ callId: 'c1', name: kind, kind, pieces: [JSON.stringify(args)] })
      .ends('requires_action');

  it('is a function whose arguments are checked', () => {
    const [declared] = decode({ tools: [tool] }).request.clientTools;
    expect(declared).toMatchObject({ name: kind, kind, declared: tool, parameters: { type: 'object' } });
    const fits = new Ajv2020({ strict: false }).compile(declared?.checkedBy ?? {});
    expect([fits(args), fits(wrong)]).toEqual([true, false]);
    expect(decode({ tools: [tool], tool_choice: { type } }).request.toolChoice).toEqual({ name: kind });
  });

  it('streams its call as an item of its type', () => {
    const done = streamed(run()).findLast((event) => event.type === 'response.output_item.done');
    expect(done?.item).toEqual({ id: 'fc_c1', status: 'completed', call_id: 'c1', ...item });
  });

  it('reads the call and its output as input, and lists them as they were sent', () => {
    const call = { id: 'x1', call_id: 'c1', status: 'completed', ...item };
    const items = inputOf(call, output);
    expect(items).toMatchObject([
      { type: 'function_call', kind, name: kind, callId: 'c1' },
      { type: 'function_call_output', kind, callId: 'c1' },
    ]);
    const [own, ...others] = encodeItems(items as Parameters<typeof encodeItems>[0], { isOver: true });
    expect(own).toEqual(call);
    const { id: _id, ...fields } = output as { id?: string };
    expect(others).toMatchObject([{ call_id: 'c1', ...fields }]);
  });
});

it('the commands of a shell have events of their own', () => {
  const pieces = ['{"commands":["ls"]}'];
  const events = streamed(
    new ScriptedRun()
      .asksCaller({ callId: 'c1', name: 'shell', kind: 'shell', pieces })
      .ends('requires_action'),
  );
  expect(events.map(({ type }) => type).filter((type) => type.includes('shell'))).toEqual([
    'response.shell_call_command.added',
    'response.shell_call_command.delta',
    'response.shell_call_command.done',
  ]);
});

it('a call that was cut short is shown without its action', () => {
  const items = inputOf({ type: 'function_call', call_id: 'c1', name: 'shell', arguments: '{"comm' });
  const cut = items.map((item) => ({ ...item, kind: 'shell', status: 'incomplete' }));
  expect(encodeItems(cut as Parameters<typeof encodeItems>[0], { isOver: true })).toMatchObject([
    { type: 'shell_call', status: 'incomplete', action: { commands: [] } },
  ]);
});

it.each([
  [{ type: 'shell', environment: { type: 'remote' } }, /tools\[0\]\.environment\.type must be "local"/],
  [{ type: 'computer_use_preview', display_width: 'wide' }, /tools\[0\]\.display_width/],
])('%j is refused', (tool, message) => {
  expect(refusalOf({ tools: [tool] }).message).toMatch(message);
});

it('a screenshot may be an uploaded file', () => {
  const output = (fields: object) => ({
    type: 'computer_call_output',
    call_id: 'c1',
    output: { type: 'computer_screenshot', ...fields },
  });
  expect(inputOf(output({ file_id: 'file_1' }))).toMatchObject([
    { kind: 'computer', output: [{ type: 'image', url: '', fileId: 'file_1' }] },
  ]);
  expect(refusalOf({ input: [output({})] }).message).toContain('image_url is required');
});

it('the skills of a shell are described to the model', () => {
  const skills = [{ name: 'pdf', description: 'Reads PDFs.', path: '/skills/pdf' }];
  const { clientTools } = decode({
    tools: [{ type: 'shell', environment: { type: 'local', skills } }],
  }).request;
  expect(clientTools[0]?.description).toContain('- pdf (/skills/pdf): Reads PDFs.');
});
