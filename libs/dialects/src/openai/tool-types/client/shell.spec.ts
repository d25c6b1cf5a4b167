import type { ErrorInfo } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { decode, inputOf, refusalOf } from '../../../testing/openai-requests.ts';
import { ScriptedRun } from '../../../testing/scripted-run.ts';
import { callOutput, serverCall } from '../../../testing/test-response.ts';
import { encodeResponse } from '../../encode.ts';
import { encodeItems } from '../../items/encode-items.ts';
import { StreamEvent } from '../../replies/stream-event.ts';
import { openMessages } from '../../stream.ts';

const exit = { type: 'exit', exit_code: 0 };
const printed = [
  { stdout: 'a\n', stderr: '', outcome: exit },
  { stdout: '', stderr: '', outcome: { type: 'timeout' } },
];
const where = { type: 'container_reference', container_id: 'cntr_1' };
const action = { commands: ['ls', 'sleep 9'], timeout_ms: null, max_output_length: null };

function ran(text: string, error: ErrorInfo | null = null) {
  const call = { callId: 'c1', name: 'shell', kind: 'shell' as const };
  return new ScriptedRun()
    .asksServer({ ...call, pieces: ['{"commands":["ls",', '"sleep 9"]}'] })
    .details('c1', { kind: 'shell', containerId: 'cntr_1' })
    .answers('c1', text, error)
    .says('Done.')
    .ends('completed');
}

interface WireEvent {
  type: string;
  output_index?: number;
  item?: { type: string; status: string };
  output?: unknown;
}

function streamed(events: ReturnType<typeof ran>): WireEvent[] {
  const encode = openMessages();
  return events
    .flatMap((event) => encode(event))
    .map((text) => StreamEvent.parse(JSON.parse(text)) as unknown as WireEvent);
}

describe('a shell with a container', () => {
  const optionsOf = (environment: object) =>
    decode({ tools: [{ type: 'shell', environment }] }).request.hostedTools?.[0]?.options;

  it('is a tool that the server runs, and is chosen by its type', () => {
    expect(optionsOf({ type: 'container_auto' })).toEqual({
      container: { type: 'auto', fileIds: [], memoryLimit: null },
    });
    expect(optionsOf({ type: 'container_auto', file_ids: ['file_1'], memory_limit: '1g' })).toEqual({
      container: { type: 'auto', fileIds: ['file_1'], memoryLimit: '1g' },
    });
    expect(optionsOf(where)).toEqual({ container: { type: 'id', id: 'cntr_1' } });
    const tool = { type: 'shell', environment: where };
    const { request } = decode({ tools: [tool], tool_choice: { type: 'shell' } });
    expect(request).toMatchObject({ clientTools: [], toolChoice: { name: 'shell' } });
    expect(request.hostedTools).toMatchObject([{ declared: tool }]);
  });

  it('has the network policy of its container', () => {
    const network = (network_policy: object) =>
      decode({ tools: [{ type: 'shell', environment: { type: 'container_auto', network_policy } }] }).request
        .hostedTools?.[0]?.options;
    expect(network({ type: 'disabled' })).toMatchObject({ network: { type: 'disabled' } });
    expect(network({ type: 'allowlist', allowed_domains: ['a.example'] })).toMatchObject({
      network: { type: 'allowlist', domains: ['a.example'] },
    });
  });

  it.each([
    [
      { type: 'container_auto', skills: [{ type: 'skill_reference', skill_id: 's' }] },
      /environment\.skills must be/,
    ],
    [
      { type: 'container_auto', network_policy: { type: 'allowlist', allowed_domains: [] } },
      /environment\.network_policy\.allowed_domains/,
    ],
    [
      {
        type: 'container_auto',
        network_policy: { type: 'allowlist', allowed_domains: ['a.example'], domain_secrets: [{}] },
      },
      /environment\.network_policy\.domain_secrets must be left out/,
    ],
    [{ type: 'container_reference' }, /environment\.container_id/],
    [{ type: 'remote' }, /environment\.type must be "local"/],
  ])('%j is refused by the name of its field', (environment, message) => {
    expect(refusalOf({ tools: [{ type: 'shell', environment }] }).message).toMatch(message);
  });
});

describe('a call that the server ran', () => {
  it('and its output are two items', () => {
    const events = ran(JSON.stringify({ output: printed, notes: ['for the model'] }));
    const last = events.at(-1);
    if (last?.type !== 'response.completed') throw new Error('the run has not ended');
    expect(encodeResponse(last.response).output).toMatchObject([
      { type: 'shell_call', status: 'completed', call_id: 'c1', action },
      {
        type: 'shell_call_output',
        status: 'completed',
        call_id: 'c1',
        output: printed,
        max_output_length: null,
      },
      { type: 'message' },
    ]);
  });

  it('streams its commands, and each item before the next one', () => {
    const events = streamed(ran(JSON.stringify({ output: printed })));
    const shown = events.flatMap(({ type, item, output_index: at }) =>
      at === undefined || at > 1
        ? []
        : [`${at} ${type.replace('response.', '')} ${item?.status ?? ''}`.trim()],
    );
    const command = ['added', 'delta', 'done'].map((phase) => `0 shell_call_command.${phase}`);
    expect(shown).toEqual([
      '0 output_item.added in_progress',
      ...command,
      ...command,
      '0 output_item.done completed',
      '1 output_item.added in_progress',
      '1 shell_call_output_content.delta',
      '1 shell_call_output_content.done',
      '1 shell_call_output_content.done',
      '1 output_item.done completed',
    ]);
    expect(
      events.filter(({ type }) => type.endsWith('output_content.done')).map(({ output }) => output),
    ).toEqual(printed.map((one) => [one]));
    const done = events.filter(({ type }) => type === 'response.output_item.done').map(({ item }) => item);
    const end = events.at(-1) as unknown as { response: { output: unknown[] } };
    expect(done).toEqual(end.response.output);
  });

  it.each([
    ['unavailable', exit.type],
    ['tool_timeout', 'timeout'],
  ] as const)('and failed with %s has the reason in its output', (code, type) => {
    const [call, output] = streamed(ran('it did not run', { code, message: 'it did not run' }))
      .filter((event) => event.type === 'response.output_item.done')
      .map(({ item }) => item);
    expect(call).toMatchObject({ type: 'shell_call', status: 'incomplete' });
    expect(output).toMatchObject({
      type: 'shell_call_output',
      output: [{ stdout: '', stderr: 'it did not run', outcome: { type } }],
    });
  });

  it('is read as input with its container, and listed as it was sent', () => {
    const call = {
      type: 'shell_call',
      id: 'x1',
      call_id: 'c1',
      status: 'completed',
      action,
      environment: where,
    };
    const output = { type: 'shell_call_output', call_id: 'c1', max_output_length: null, output: printed };
    const items = inputOf(call, output);
    expect(items).toMatchObject([
      { executor: 'server', kind: 'shell', detail: { kind: 'shell', containerId: 'cntr_1' } },
      { type: 'function_call_output', callId: 'c1' },
    ]);
    const listed = encodeItems(items as Parameters<typeof encodeItems>[0], { isOver: true });
    expect(listed).toMatchObject([call, output]);
  });
});

it('a call that the run rejected is not shown, and neither is its output', () => {
  const rejected = serverCall('c1', { name: 'shell', kind: 'shell', rejection: 'commands is missing' });
  expect(encodeItems([rejected, callOutput('c1', 'commands is missing')], { isOver: true })).toEqual([]);
});
