import type { CreateResponse, ResponseEvent } from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { decode, inputOf, refusalOf } from '../../testing/openai-requests.ts';
import { ScriptedRun } from '../../testing/scripted-run.ts';
import { testResponse } from '../../testing/test-response.ts';
import { encodeResponse } from '../encode.ts';
import { StreamEvent } from '../replies/stream-event.ts';
import { openMessages } from '../stream.ts';
import { InputReader } from './input-reader.ts';

const textWith = (text: string): unknown => expect.stringContaining(text);

interface WireEvent {
  type: string;
  delta?: string;
  item?: Record<string, unknown>;
}

/** The events of a stream without its response's own, each checked against its schema. */
function eventsOf(events: readonly ResponseEvent[]): WireEvent[] {
  const encode = openMessages();
  return events
    .flatMap((event) => encode(event))
    .map((text) => StreamEvent.parse(JSON.parse(text)) as unknown as WireEvent)
    .filter(({ type }) => !/^response\.(created|in_progress|completed)$/.test(type));
}

/** The fields of the reply that repeat the request. */
function echoOf(changes: object) {
  const { clientTools, hostedTools, toolChoice, allowedTools }: CreateResponse = decode(changes).request;
  const response = testResponse({
    clientTools,
    toolChoice,
    ...(hostedTools && { hostedTools }),
    ...(allowedTools && { allowedTools }),
  });
  const { tools, tool_choice } = encodeResponse({ ...response, serverTools: [] });
  return { tools, tool_choice };
}

const grammar = { type: 'grammar', syntax: 'regex', definition: '\\d+' };
const digits = { type: 'custom', name: 'digits', description: 'Takes digits.', format: grammar };
const search = {
  type: 'web_search_preview',
  user_location: { type: 'approximate', country: 'DE', city: 'Berlin' },
  search_context_size: 'low',
};

describe('custom tools', () => {
  it('are functions with one string, with the grammar and its check', () => {
    const [tool] = decode({ tools: [digits] }).request.clientTools;
    expect(tool).toMatchObject({
      name: 'digits',
      kind: 'custom',
      parameters: { properties: { input: { type: 'string' } }, required: ['input'] },
      grammar: { syntax: 'regex', definition: '\\d+' },
      checkedBy: { properties: { input: { pattern: '^(?:\\d+)$' } } },
    });
    const lark = { ...digits, format: { ...grammar, syntax: 'lark', definition: 'start: "a"' } };
    const [described] = decode({ tools: [lark] }).request.clientTools;
    expect(described).not.toHaveProperty('checkedBy');
    expect(JSON.stringify(described?.parameters)).toContain('Lark grammar');
  });

  it('are echoed as they were sent, and chosen by name', () => {
    const choice = { type: 'custom', name: 'digits' };
    expect(echoOf({ tools: [digits], tool_choice: choice })).toEqual({
      tools: [digits],
      tool_choice: choice,
    });
    const allowed = { type: 'allowed_tools', mode: 'required', tools: [choice] };
    expect(echoOf({ tools: [digits], tool_choice: allowed }).tool_choice).toEqual(allowed);
    expect(refusalOf({ tools: [digits], tool_choice: { type: 'custom', name: 'other' } }).message).toBe(
      'tool_choice.name "other" is not in tools',
    );
    expect(refusalOf({ tools: [digits, digits] }).message).toBe('tools[1] is a second custom named "digits"');
  });

  it('read their calls and outputs as input', () => {
    const call = { type: 'custom_tool_call', id: 'ctc_1', call_id: 'c1', name: 'digits', input: '1"2' };
    const items = inputOf(call, { type: 'custom_tool_call_output', call_id: 'c1', output: 'ok' });
    expect(items).toMatchObject([
      { type: 'function_call', kind: 'custom', name: 'digits', arguments: '{"input":"1\\"2"}' },
      { type: 'function_call_output', kind: 'custom', callId: 'c1', output: 'ok' },
    ]);
  });

  it('stream the input as the model writes it', () => {
    const pieces = ['{"inp', 'ut": "a\\', 'nb \\u00', 'e9\\ud83d', '\\ude00"', '}'];
    const events = eventsOf(
      new ScriptedRun()
        .asksCaller({ callId: 'c1', name: 'digits', kind: 'custom', pieces })
        .ends('requires_action'),
    );
    expect(events.map(({ type, delta }) => delta ?? type)).toEqual([
      'response.output_item.added',
      'a',
      '\nb ',
      'é',
      '😀',
      'response.custom_tool_call_input.done',
      'response.output_item.done',
    ]);
    expect(events.at(-1)?.item).toMatchObject({ type: 'custom_tool_call', input: 'a\nb é😀', call_id: 'c1' });
  });

  it('show arguments of another form as the input', () => {
    const reader = new InputReader('input');
    expect(reader.read('{"text": "a"}')).toBe('');
    const events = eventsOf(
      new ScriptedRun()
        .asksCaller({ callId: 'c1', name: 'digits', kind: 'custom', pieces: ['{"text":1}'] })
        .ends('requires_action'),
    );
    expect(events.at(-1)?.item).toMatchObject({ input: '{"text":1}' });
  });
});

it('types that this server does not have are listed with what to do', () => {
  const { unsupportedTools } = decode({
    tools: [{ type: 'programmatic_tool_calling' }, { type: 'time_travel' }],
  }).request;
  expect(unsupportedTools).toEqual([
    {
      path: ['tools', 0, 'type'],
      complaint:
        '"programmatic_tool_calling" is not supported by this server: leave it out, and "programmatic" in "allowed_callers": only the model calls tools here',
    },
    {
      path: ['tools', 1, 'type'],
      complaint: textWith('; use one of function, namespace, mcp, custom, local_shell,'),
    },
  ]);
});

describe('web search', () => {
  it('has options, is echoed as it was sent, and chosen by its type', () => {
    const filters = { allowed_domains: ['a.example'], blocked_domains: ['b.example'] };
    const { hostedTools } = decode({ tools: [{ ...search, type: 'web_search', filters }] }).request;
    expect(hostedTools).toMatchObject([
      {
        kind: 'web_search',
        options: {
          allowedDomains: ['a.example'],
          blockedDomains: ['b.example'],
          location: { city: 'Berlin', country: 'DE', region: null },
          contextSize: 'low',
        },
      },
    ]);
    const choice = { type: 'web_search_preview' };
    expect(echoOf({ tools: [search], tool_choice: choice })).toEqual({
      tools: [search],
      tool_choice: choice,
    });
    const allowed = { type: 'allowed_tools', mode: 'auto', tools: [choice] };
    expect(echoOf({ tools: [search], tool_choice: allowed }).tool_choice).toEqual(allowed);
    expect(refusalOf({ tools: [search, { type: 'web_search' }] }).message).toBe(
      'tools[1] is a second tool of the type "web_search"',
    );
  });

  const results = [{ url: 'https://a.example/1', title: 'One', snippet: 'First.' }];
  const detail = {
    kind: 'web_search' as const,
    action: { type: 'search' as const, queries: ['x'], results },
  };
  const run = (include: string[] = []) =>
    new ScriptedRun({ include })
      .asksServer({ callId: 'c1', name: 'web_search', kind: 'web_search', pieces: ['{"queries":["x"]}'] })
      .details('c1', detail)
      .answers('c1', 'text for the model')
      .ends('completed');

  it('streams its phases and says what it did', () => {
    const events = eventsOf(run());
    expect(events.map(({ type }) => type)).toEqual([
      'response.output_item.added',
      'response.web_search_call.in_progress',
      'response.web_search_call.searching',
      'response.web_search_call.completed',
      'response.output_item.done',
    ]);
    expect(events.at(-1)?.item).toEqual({
      id: 'fc_c1',
      type: 'web_search_call',
      status: 'completed',
      action: { type: 'search', query: 'x', queries: ['x'] },
    });
  });

  it('has sources and results where the request includes them', () => {
    const [last] = run(['web_search_call.action.sources', 'web_search_call.results']).slice(-1);
    if (last?.type !== 'response.completed') throw new Error('the run did not complete');
    expect(encodeResponse(last.response).output).toMatchObject([
      { action: { sources: [{ type: 'url', url: 'https://a.example/1' }] }, results },
    ]);
  });

  it('reads calls that the client sends back', () => {
    const action = { type: 'search', queries: ['x'], sources: [{ type: 'url', url: 'https://a.example' }] };
    expect(inputOf({ type: 'web_search_call', id: 'ws_1', status: 'completed', action })).toMatchObject([
      { type: 'function_call', kind: 'web_search', callId: 'ws_1', arguments: '{"queries":["x"]}' },
      { type: 'function_call_output', callId: 'ws_1', output: textWith('a.example') },
    ]);
    const results = [{ url: 'https://a.example', title: 'A', snippet: 'About a.' }];
    expect(
      inputOf({ type: 'web_search_call', id: 'ws_1', status: 'completed', action, results })[1],
    ).toMatchObject({
      output: 'A\nhttps://a.example\nAbout a.',
    });
  });
});
