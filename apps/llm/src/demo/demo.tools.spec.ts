import { describe, expect, it } from 'vitest';
import { modelRequest } from '../providers/__fixtures__/model-request.ts';
import { after, answer, callsFor, tool, webTools } from './__fixtures__/demo-answer.ts';

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
      'GET https://api.example.com/users with {"page": 2, "sort": "name"}',
      [
        [
          'get_http_requests',
          { url: 'https://api.example.com/users', input_data: { page: 2, sort: 'name' } },
        ],
      ],
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
