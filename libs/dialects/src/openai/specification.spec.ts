import { AppError } from '@antiphon/contracts';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { plainSettings } from '@antiphon/contracts/testing';
import { ScriptedRun } from '../testing/scripted-run.ts';
import { callOutput, clientCall, message, testResponse } from '../testing/test-response.ts';
import { encodeResponse } from './encode.ts';
import { encodeError } from './errors.ts';
import { openStream } from './stream.ts';

/** The schemas of the Open Responses specification: every reply with its item types only must satisfy them. */
const specification = JSON.parse(
  readFileSync(new URL('./__fixtures__/open-responses-2026-04-24.schema.json', import.meta.url), 'utf8'),
) as {
  $id: string;
  components: { schemas: Record<string, { properties?: { type?: { enum?: string[] } } }> };
};

const ajv = new Ajv2020({ strict: false });
ajv.addSchema(specification);

function schemaNamed(name: string): ValidateFunction {
  return ajv.compile({ $ref: `${specification.$id}#/components/schemas/${name}` });
}

/** The specification's names of events that have another name in stock clients. */
const specifiedNames: Record<string, string> = {
  'response.reasoning_text.delta': 'response.reasoning.delta',
  'response.reasoning_text.done': 'response.reasoning.done',
};

function schemaOfEvent(type: string): ValidateFunction {
  const named = Object.entries(specification.components.schemas).find(
    ([name, schema]) => name.endsWith('StreamingEvent') && schema.properties?.type?.enum?.includes(type),
  );
  if (!named) throw new Error(`the specification has no event ${type}`);
  return schemaNamed(named[0]);
}

const tool = {
  executor: 'client',
  name: 'get_weather',
  description: null,
  parameters: null,
  strict: null,
} as const;
const usage = { inputTokens: 20, outputTokens: 9, totalTokens: 29, cachedInputTokens: 3, reasoningTokens: 4 };
const output = [
  { type: 'reasoning', id: 'rs_1', text: 'Hm', status: 'completed' } as const,
  message('msg_1', 'assistant', 'Sunny'),
  clientCall('call_1', { state: 'done' }),
  callOutput('call_1', 'Sunny'),
];

it.each([
  ['queued', testResponse({ status: 'queued', background: true })],
  ['in progress', testResponse()],
  [
    'narrowed',
    testResponse({
      clientTools: [tool],
      toolChoice: 'required',
      allowedTools: [{ executor: 'client', name: 'get_weather' }],
      toolCallsMax: 2,
      keepsContext: true,
      settings: { ...plainSettings, reasoningSummary: 'auto', verbosity: 'low', topLogprobs: 1 },
      output: [
        {
          type: 'message',
          id: 'msg_1',
          role: 'assistant',
          content: [
            {
              type: 'text',
              text: 'Hi',
              logprobs: [{ token: 'Hi', logprob: -0.1, bytes: [72, 105], top: [] }],
            },
          ],
          status: 'completed',
        },
      ],
    }),
  ],
  [
    'completed',
    testResponse({ status: 'completed', output, usage, completedAt: 1_999.5, clientTools: [tool] }),
  ],
  [
    'paused',
    testResponse({
      status: 'requires_action',
      output: [clientCall('call_1')],
      clientTools: [tool],
      toolChoice: { name: 'get_weather' },
    }),
  ],
  ['incomplete', testResponse({ status: 'incomplete', incompleteReason: 'content_filter' })],
  ['failed', testResponse({ status: 'failed', error: { code: 'model_error', message: 'No answer' } })],
  ['failed without a reason', testResponse({ status: 'failed' })],
  ['cancelled', testResponse({ status: 'cancelled', cancelledAt: 1_999.5 })],
])('a response that is %s', (_name, response) => {
  const validate = schemaNamed('ResponseResource');
  validate(encodeResponse(response));
  expect(validate.errors).toBeNull();
});

it('an error', () => {
  const validate = schemaNamed('ErrorPayload');
  validate(
    (encodeError(new AppError('invalid_request', 'input is required')).body as { error: unknown }).error,
  );
  expect(validate.errors).toBeNull();
});

it.each([
  ['text', new ScriptedRun().thinks('Hm', '...').says('It', ' is').ends('completed')],
  ['a summary of thoughts', new ScriptedRun().sums('Hm').says('It is').ends('completed')],
  ['refusal', new ScriptedRun().refuses('No', '!').ends('completed')],
  [
    'functions',
    new ScriptedRun().asksCaller({ callId: 'call_1' }, { callId: 'call_2' }).ends('requires_action'),
  ],
  [
    'failure',
    new ScriptedRun().says('It').ends('failed', { error: { code: 'internal', message: 'Internal error' } }),
  ],
  ['cut', new ScriptedRun().speaks([{ type: 'text', text: 'It' }], 'incomplete').ends('incomplete')],
])('the events of a stream: %s', (_name, events) => {
  const encode = openStream();
  const frames = events.flatMap((event) => encode(event));
  expect(frames.pop()).toBe('data: [DONE]\n\n');
  for (const [index, frame] of frames.entries()) {
    const [, type = '', data = ''] = /^event: (\S+)\ndata: (.+)\n\n$/.exec(frame) ?? [];
    const event = JSON.parse(data) as { type: string; sequence_number: number };
    expect(event).toMatchObject({ type, sequence_number: index });
    const name = specifiedNames[type] ?? type;
    const validate = schemaOfEvent(name);
    validate({ ...event, type: name });
    expect(validate.errors).toBeNull();
  }
});
