import {
  functionCall,
  type Item,
  type JsonObject,
  type ModelDelta,
  type ModelTool,
} from '@antiphon/contracts';
import { describe, expect, it } from 'vitest';
import { modelRequest } from '../providers/__fixtures__/model-request.ts';
import { DemoProvider } from './demo.ts';
import type { ProviderRequest } from '../providers/provider.ts';

const never = new AbortController().signal;

function tool(
  name: string,
  description: string,
  properties: JsonObject,
  required = Object.keys(properties).slice(0, 1),
): ModelTool {
  return { name, description, parameters: { type: 'object', properties, required }, strict: null };
}

const webTools = [
  tool('google_search', 'Search the web with Google. Returns titles, links and snippets.', {
    q: { type: 'string' },
    num: { type: 'integer' },
  }),
  tool('scrape', 'Fetch a web page and return its readable text.', { url: { type: 'string' } }),
  tool('get_http_requests', 'Send a GET request to a URL.', {
    url: { type: 'string' },
    input_data: { type: 'object' },
  }),
];

async function answer(request: ProviderRequest) {
  const deltas: ModelDelta[] = [];
  for await (const burst of new DemoProvider().stream(request, never)) deltas.push(...burst);
  const calls: { name: string; arguments: string }[] = [];
  let text = '';
  for (const delta of deltas) {
    if (delta.type === 'text') text += delta.text;
    if (delta.type === 'call') calls[delta.call] = { name: delta.name, arguments: '' };
    const call = delta.type === 'arguments' ? calls[delta.call] : undefined;
    if (call !== undefined && delta.type === 'arguments') call.arguments += delta.text;
  }
  const end = deltas.at(-1);
  if (end?.type !== 'end') throw new Error('the answer has no end');
  return {
    deltas,
    text,
    end,
    calls: calls.map((call) => [call.name, JSON.parse(call.arguments) as JsonObject] as const),
  };
}

/** The first calls of the demo. */
async function callsFor(text: string, tools = webTools, changes: Partial<ProviderRequest> = {}) {
  return (await answer(modelRequest(text, { tools, ...changes }))).calls;
}

/** The conversation after tool calls. */
function after(
  text: string,
  ...outcomes: { name: string; args?: JsonObject; output: string; hasFailed?: boolean }[]
): Item[] {
  return [
    ...modelRequest(text).items,
    ...outcomes.flatMap(({ name, args = {}, output, hasFailed }, index): Item[] => {
      const call = functionCall({
        id: `fc_${index}`,
        callId: `call_${index}`,
        name,
        arguments: JSON.stringify(args),
        executor: 'server',
        depth: index,
        error: hasFailed ? { code: 'unavailable', message: output } : null,
      });
      return [
        call,
        {
          type: 'function_call_output',
          id: `fco_${index}`,
          callId: call.callId,
          output,
          status: 'completed',
        },
      ];
    }),
  ];
}

const found = JSON.stringify({
  organic: [
    { title: 'First', link: 'https://one.example/a', snippet: 'It is sunny.' },
    { title: 'Second', link: 'https://two.example/b', snippet: 'It rains.' },
  ],
});

describe('the tools of the Jan document', () => {
  it.each([
    ["What's the weather in San Francisco?", 'weather in San Francisco'],
    ['What is the weather in San Francisco?', 'weather in San Francisco'],
    [
      'Research the latest developments in quantum computing and create a summary with key findings',
      'latest developments in quantum computing',
    ],
    [
      'Find the top 3 AI research papers from this week and summarize their key contributions',
      'top 3 AI research papers from this week',
    ],
    [
      'Search for recent AI breakthroughs, scrape the top result, and analyze the key innovations',
      'recent AI breakthroughs',
    ],
    ['Research AI safety and provide key insights', 'AI safety'],
    ['Analyze current tech trends', 'current tech trends'],
    ['What are the latest developments in AI?', 'latest developments in AI'],
    ['Complex research task', 'Complex research task'],
    [
      'Analyze the top 3 AI coding assistants: features, pricing, and user reception',
      'top 3 AI coding assistants',
    ],
    [
      "Write a 1000-word blog post about 'The Future of AI in Healthcare' with current examples and statistics",
      "Write a 1000-word blog post about 'The Future of AI in Healthcare' with current examples and statistics",
    ],
    [
      'Find the top 5 AI conferences in 2025 and extract:\n- Name\n- Date\n\nReturn as structured JSON.',
      'top 5 AI conferences in 2025',
    ],
    [
      'Research the following and provide a detailed report:\n1. Latest quantum computing breakthroughs\n2. Key companies',
      'Latest quantum computing breakthroughs',
    ],
  ])('"%s" searches', async (text, q) => {
    expect(await callsFor(text)).toEqual([['google_search', { q }]]);
  });

  it.each([
    'Write a comprehensive 2000-word analysis of AI safety research',
    'Create detailed technical documentation for a REST API',
    'Write a haiku',
    'Hello!',
    'Hi, how are you?',
    'Thanks!',
  ])('"%s" needs none', async (text) => {
    const { calls, text: said, end } = await answer(modelRequest(text, { tools: webTools }));
    expect(calls).toEqual([]);
    expect(said.length).toBeGreaterThan(10);
    expect(end.finishReason).toBe('stop');
  });

  it.each([
    ['Scrape https://example.com/a and summarize it.', [['scrape', { url: 'https://example.com/a' }]]],
    [
      'GET https://api.example.com/users?limit=3',
      [['get_http_requests', { url: 'https://api.example.com/users?limit=3' }]],
    ],
    [
      'Call the API at https://api.example.com/users',
      [['get_http_requests', { url: 'https://api.example.com/users' }]],
    ],
    [
      'Summarize https://a.example and https://b.example.',
      [
        ['scrape', { url: 'https://a.example' }],
        ['scrape', { url: 'https://b.example' }],
      ],
    ],
  ])('"%s" reads the URL', async (text, calls) => {
    expect(await callsFor(text)).toEqual(calls);
  });
});

describe('any tools', () => {
  const weather = tool('get_weather', 'Current weather for a city', {
    city: { type: 'string' },
    unit: { enum: ['celsius', 'fahrenheit'] },
  });
  const calculator = tool('calculator', 'Evaluates an arithmetic expression', {
    expression: { type: 'string' },
  });
  const issue = tool(
    'create_issue',
    'Opens an issue',
    { title: { type: 'string' }, body: { type: 'string' } },
    ['title', 'body'],
  );

  it('are chosen by their names and filled from the text', async () => {
    const tools = [...webTools, weather, calculator, issue];
    expect(await callsFor("What's the weather in Oslo, in celsius?", tools)).toEqual([
      ['get_weather', { city: 'Oslo', unit: 'celsius' }],
    ]);
    expect(await callsFor('What is 12 * 7?', tools)).toEqual([['calculator', { expression: '12 * 7' }]]);
    expect(await callsFor('What is 250 + 19%?', tools)).toEqual([
      ['calculator', { expression: '250 + 19%' }],
    ]);
    expect(await callsFor('Create an issue titled "It breaks" with the body "On start"', tools)).toEqual([
      ['create_issue', { title: 'It breaks', body: 'On start' }],
    ]);
  });

  it('are called once for each place, in parallel unless that is forbidden', async () => {
    const text = 'Compare the weather in Paris, New York and Oslo';
    expect((await callsFor(text, [weather])).map(([, args]) => args['city'])).toEqual([
      'Paris',
      'New York',
      'Oslo',
    ]);
    const request = modelRequest(text, { tools: [weather], settings: { parallelToolCalls: false } });
    expect((await answer(request)).calls).toHaveLength(1);
  });

  it('are not called, forced or forbidden by the tool choice', async () => {
    expect(await callsFor('Hello!', [weather], { toolChoice: 'required' })).toHaveLength(1);
    expect(await callsFor('Hello!', [issue, weather], { toolChoice: { name: 'get_weather' } })).toMatchObject(
      [['get_weather', {}]],
    );
    expect(await callsFor("What's the weather in Oslo?", [weather], { toolChoice: 'none' })).toEqual([]);
    expect(await callsFor("What's the weather in Oslo?", [])).toEqual([]);
  });
});

describe('after the tools', () => {
  it('answers from their outputs', async () => {
    const items = after('What is the weather?', {
      name: 'google_search',
      args: { q: 'weather' },
      output: found,
    });
    const { calls, text } = await answer(modelRequest('', { items, tools: webTools }));
    expect(calls).toEqual([]);
    expect(text).toContain('It is sunny.');
    expect(text).toContain('https://one.example/a');
  });

  it('reads the pages of a search once, where the user or the system asks for it', async () => {
    const text = 'Search for recent AI breakthroughs, scrape the top result, and analyze the key innovations';
    const search = { name: 'google_search', args: { q: 'x' }, output: found };
    const scrape = {
      name: 'scrape',
      args: { url: 'https://one.example/a' },
      output: 'A page about https://three.example/c',
    };
    const next = modelRequest('', { items: after(text, search), tools: webTools });
    expect((await answer(next)).calls).toEqual([['scrape', { url: 'https://one.example/a' }]]);
    expect((await answer({ ...next, toolChoice: 'none' })).calls).toEqual([]);
    expect(
      (
        await answer({
          ...next,
          items: after('Find news', search),
          instructions: 'Use search and scraping tools',
        })
      ).calls,
    ).toHaveLength(1);
    const last = await answer({ ...next, items: after(text, search, scrape) });
    expect(last.calls).toEqual([]);
    expect(last.text).toContain('A page about');
  });

  it('reports tools that failed', async () => {
    const items = after('Find news', {
      name: 'google_search',
      output: 'No search engine is configured.',
      hasFailed: true,
    });
    expect((await answer(modelRequest('', { items, tools: webTools }))).text).toBe(
      'google_search did not work: No search engine is configured.',
    );
  });

  it('calls no further tool, even where one is required', async () => {
    const items = after('Search and scrape the top result', { name: 'scrape', output: '' });
    for (const toolChoice of ['auto', 'required', { name: 'scrape' }] as const) {
      expect((await answer(modelRequest('', { items, tools: webTools, toolChoice }))).calls).toEqual([]);
    }
  });

  it('starts anew with the next message', async () => {
    const items = [
      ...after('Find news', { name: 'google_search', output: found }),
      ...modelRequest('What is the weather in Oslo?').items,
    ];
    expect((await answer(modelRequest('', { items, tools: webTools }))).calls).toEqual([
      ['google_search', { q: 'weather in Oslo' }],
    ]);
  });
});

describe('answers', () => {
  it('come in several deltas with plausible usage', async () => {
    const { deltas, text, end } = await answer(modelRequest('Hello!'));
    expect(deltas.length).toBeGreaterThan(5);
    expect(end.usage.inputTokens).toBeGreaterThan(0);
    expect(end.usage.outputTokens).toBe(Math.ceil(text.length / 4));
    expect(end.usage.totalTokens).toBe(end.usage.inputTokens + end.usage.outputTokens);
    expect(text).toContain('demo provider');
  });

  it('come in one burst where no client reads them as they come', async () => {
    const bursts: ModelDelta[][] = [];
    const request = { ...modelRequest('Hello!'), gather: true };
    for await (const burst of new DemoProvider().stream(request, never)) bursts.push(burst);
    expect(bursts).toHaveLength(1);
    expect(bursts[0]?.map(({ type }) => type)).toEqual(['text', 'end']);
    const { text } = await answer(modelRequest('Hello!'));
    expect(bursts[0]?.[0]).toMatchObject({ text });
  });

  it('are the same for the same request', async () => {
    const request = modelRequest('What is new in AI?');
    expect((await answer(request)).text).toBe((await answer(request)).text);
  });

  it('respect the token limit', async () => {
    const { text, end } = await answer(modelRequest('Hello!', { settings: { maxOutputTokens: 5 } }));
    expect(text.length).toBeLessThanOrEqual(20);
    expect(end.finishReason).toBe('length');
  });

  it('are valid JSON where a schema is given', async () => {
    const schema: JsonObject = {
      type: 'object',
      properties: { city: { type: 'string' }, answer: { type: 'string' } },
      required: ['city', 'answer'],
    };
    const textFormat = { type: 'json_schema' as const, name: 'x', description: null, schema, strict: true };
    const { text } = await answer(modelRequest('Which river flows in Paris?', { settings: { textFormat } }));
    expect(JSON.parse(text)).toEqual({
      city: 'Paris',
      answer: expect.stringContaining('Which river flows in Paris?') as string,
    });
    const object = await answer(
      modelRequest('Hello!', { settings: { textFormat: { type: 'json_object' } } }),
    );
    expect(JSON.parse(object.text)).toHaveProperty('answer');
  });

  it.each([
    ['Say "hello world"', 'hello world'],
    ['Reply with exactly: OK', 'OK'],
    ['What is 2+2?', '2 + 2 = 4.'],
  ])('to "%s" are plain', async (text, expected) => {
    expect((await answer(modelRequest(text))).text).toBe(expected);
  });

  it('repeat facts that the user gave earlier', async () => {
    const items = [...modelRequest('My name is Ada.').items, ...modelRequest('What is my name?').items];
    expect((await answer(modelRequest('', { items }))).text).toBe('Your name is Ada.');
  });

  it('end when the request is aborted', async () => {
    const bursts = new DemoProvider().stream(modelRequest('Hello!'), AbortSignal.abort());
    await expect(bursts.next()).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('are given to any text', async () => {
    for (const text of [
      '',
      ' ',
      '🎉',
      'a'.repeat(100_000),
      '((((',
      '"“',
      'https://',
      '\\u0000 [^]',
      `${'what '.repeat(5_000)}?`,
    ]) {
      expect((await answer(modelRequest(text, { tools: webTools }))).end.finishReason).toMatch(
        /stop|tool_calls/,
      );
    }
  });
});

describe('a tool that takes a time zone', () => {
  const clock = tool(
    'current_time',
    'The time and date now, in a time zone.',
    { time_zone: { type: 'string' } },
    [],
  );

  it.each([
    ['What time is it in Tokyo?', { time_zone: 'Asia/Tokyo' }],
    ['What time is it in New York now?', { time_zone: 'America/New_York' }],
    ['What is the time in Europe/Berlin?', { time_zone: 'Europe/Berlin' }],
    ['What time is it?', { time_zone: 'UTC' }],
  ])('gets the zone of the text: %s', async (text, expected) => {
    expect(await callsFor(text, [clock])).toEqual([['current_time', expected]]);
  });

  it.each(['Say hello three times', 'Why do I laugh every time?', 'Tell me about the first time you sang'])(
    'is not called where the text does not ask for the time: %s',
    async (text) => {
      expect(await callsFor(text, [clock])).toEqual([]);
    },
  );
});

describe('several questions in one prompt', () => {
  const tools = [
    ...webTools,
    tool('calculate', 'Calculates an expression with exact decimals and converts units.', {
      expression: { type: 'string' },
    }),
    tool('current_time', 'Gives the current date, time and weekday in a time zone.', {
      time_zone: { type: 'string' },
    }),
    tool('get_weather', 'Current weather for a city', { city: { type: 'string' } }),
  ];

  it.each([
    [
      'What is 12.5 % of 840, and what time is it in Tokyo?',
      [
        ['calculate', { expression: '12.5% * 840' }],
        ['current_time', { time_zone: 'Asia/Tokyo' }],
      ],
    ],
    [
      "What is 3 * 4? What's the weather in Oslo, and what time is it in Lima?",
      [
        ['calculate', { expression: '3 * 4' }],
        ['get_weather', { city: 'Oslo' }],
        ['current_time', { time_zone: 'America/Lima' }],
      ],
    ],
    [
      'Calculate 2 + 3 and calculate (4 + 5) * 2.',
      [
        ['calculate', { expression: '2 + 3' }],
        ['calculate', { expression: '(4 + 5) * 2' }],
      ],
    ],
    [
      'What time is it in Tokyo, what time is it in Paris and who won the 2022 World Cup?',
      [
        ['current_time', { time_zone: 'Asia/Tokyo' }],
        ['current_time', { time_zone: 'Europe/Paris' }],
        ['google_search', { q: 'who won the 2022 World Cup' }],
      ],
    ],
  ])('"%s" calls a tool for each, in one turn', async (text, calls) => {
    expect(await callsFor(text, tools)).toEqual(calls);
  });

  it('are answered with all results', async () => {
    const items = after(
      'What is 12.5 % of 840, and what time is it in Tokyo?',
      { name: 'calculate', args: { expression: '12.5% * 840' }, output: '{"result":"105"}' },
      { name: 'current_time', args: { time_zone: 'Asia/Tokyo' }, output: '{"time":"09:15:00"}' },
    );
    const { calls, text } = await answer(modelRequest('', { items, tools }));
    expect(calls).toEqual([]);
    expect(text).toContain('105');
    expect(text).toContain('09:15:00');
  });

  it('beyond eight calls are left out, and the answer says so', async () => {
    const text = Array.from({ length: 10 }, (_, index) => `What is ${index} * 7?`).join(' ');
    const calls = await callsFor(text, tools);
    expect(calls).toHaveLength(8);
    const outcomes = calls.map(([name, args]) => ({ name, args, output: '{"result":"0"}' }));
    const { text: said } = await answer(modelRequest('', { items: after(text, ...outcomes), tools }));
    expect(said).toContain('This message asks for 10 tool calls. I made the first 8');
  });

  it('call one tool a turn where parallel calls are forbidden', async () => {
    const settings = { parallelToolCalls: false };
    const text = 'What is 12.5 % of 840, and what time is it in Tokyo?';
    const first = { name: 'calculate', args: { expression: '12.5% * 840' }, output: '105' };
    const second = { name: 'current_time', args: { time_zone: 'Asia/Tokyo' }, output: '09:15' };
    const namesAfter = async (...outcomes: Parameters<typeof after>[1][]) =>
      (await answer(modelRequest('', { items: after(text, ...outcomes), tools, settings }))).calls.map(
        ([name]) => name,
      );
    expect(await namesAfter()).toEqual(['calculate']);
    expect(await namesAfter(first)).toEqual(['current_time']);
    expect(await namesAfter(first, second)).toEqual([]);
  });

  it('are calculated where there is no tool for it', async () => {
    const text = 'What is 12.5 % of 840, and what is 2 + 2?';
    expect((await answer(modelRequest(text))).text).toBe('12.5% * 840 = 105.\n\n2 + 2 = 4.');
    const [clock] = tools.filter(({ name }) => name === 'current_time');
    const mixed = after('What is 2 + 2, and what time is it in Tokyo?', {
      name: 'current_time',
      output: '09:15',
    });
    const { text: said } = await answer(modelRequest('', { items: mixed, tools: clock ? [clock] : [] }));
    expect(said).toBe('current_time returned: 09:15\n\n2 + 2 = 4.');
  });
});
