import type { CodeInterpreterDetail } from '@antiphon/contracts';
import { expect, it } from 'vitest';
import { decode, inputOf, refusalOf } from '../../testing/openai-requests.ts';
import { ScriptedRun } from '../../testing/scripted-run.ts';
import { StreamEvent } from '../replies/stream-event.ts';
import { openMessages } from '../stream.ts';

const detail: CodeInterpreterDetail = {
  kind: 'code_interpreter',
  containerId: 'cntr_1',
  outputs: [
    { type: 'logs', logs: '2' },
    { type: 'image', url: 'data:image/png;base64,AA==' },
  ],
};

interface WireEvent {
  type: string;
  delta?: string;
  code?: string;
  item?: Record<string, unknown>;
}

function eventsOf(include: string[]): WireEvent[] {
  const call = { callId: 'c1', name: 'code_interpreter', kind: 'code_interpreter' as const };
  const events = new ScriptedRun({ include })
    .asksServer({ ...call, pieces: ['{"code":"1 +', '\\n1"}'] })
    .details('c1', detail)
    .answers('c1', 'text for the model')
    .ends('completed');
  const encode = openMessages();
  return events
    .flatMap((event) => encode(event))
    .map((text) => StreamEvent.parse(JSON.parse(text)) as unknown as WireEvent)
    .filter(({ type }) => /code_interpreter|output_item/.test(type));
}

it('has a container, by its id or chosen by the server', () => {
  const optionsOf = (container: unknown) =>
    decode({ tools: [{ type: 'code_interpreter', container }] }).request.hostedTools?.[0]?.options;
  expect(optionsOf('cntr_1')).toEqual({ container: { type: 'id', id: 'cntr_1' } });
  expect(optionsOf({ type: 'auto' })).toEqual({
    container: { type: 'auto', fileIds: [], memoryLimit: null },
  });
  expect(optionsOf({ type: 'auto', file_ids: ['file_1'], memory_limit: '4g' })).toEqual({
    container: { type: 'auto', fileIds: ['file_1'], memoryLimit: '4g' },
  });
  const refused = (container: unknown) =>
    refusalOf({ tools: [{ type: 'code_interpreter', container }] }).message;
  expect(refused(undefined)).toMatch(/^tools\[0\]\.container is required/);
  expect(refused({ type: 'other' })).toMatch(/^tools\[0\]\.container\.type must be "auto"/);
  expect(refused({ type: 'auto', memory_limit: '2g' })).toMatch(/^tools\[0\]\.container\.memory_limit/);
  const network = { type: 'allowlist', allowed_domains: ['a.example'] };
  expect(refused({ type: 'auto', network_policy: network })).toMatch(/containers have no network/);
});

it('streams its code and its phases, and shows its outputs to callers that ask for them', () => {
  const events = eventsOf(['code_interpreter_call.outputs']);
  expect(events.map(({ type, delta }) => delta ?? type)).toEqual([
    'response.output_item.added',
    'response.code_interpreter_call.in_progress',
    '1 +',
    '\n1',
    'response.code_interpreter_call_code.done',
    'response.code_interpreter_call.interpreting',
    'response.code_interpreter_call.completed',
    'response.output_item.done',
  ]);
  expect(events.find(({ code }) => code !== undefined)?.code).toBe('1 +\n1');
  expect(events.at(-1)?.item).toEqual({
    id: 'fc_c1',
    type: 'code_interpreter_call',
    status: 'completed',
    code: '1 +\n1',
    container_id: 'cntr_1',
    outputs: detail.outputs,
  });
  expect(eventsOf([]).at(-1)?.item).toMatchObject({ outputs: null });
});

it('reads its calls as input, with the container to go on in', () => {
  const call = {
    type: 'code_interpreter_call',
    id: 'ci_1',
    code: '1 + 1',
    container_id: 'cntr_1',
    outputs: detail.outputs,
  };
  expect(inputOf(call)).toMatchObject([
    { type: 'function_call', kind: 'code_interpreter', arguments: '{"code":"1 + 1"}', detail },
    { type: 'function_call_output', output: '2' },
  ]);
  expect(inputOf({ ...call, outputs: null })).toMatchObject([
    { detail: { containerId: 'cntr_1', outputs: [] } },
    { output: 'The output of this earlier call is not kept.' },
  ]);
});
